#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

/// OpenSSL's objects, freed when they go. For the .cpp files of this folder alone.
/// Handles: each owns one object.

namespace caucus {

struct openssl_free {
  void operator()(EVP_PKEY* what) const { EVP_PKEY_free(what); }
  void operator()(BIO* what) const { BIO_free_all(what); }
  void operator()(X509* what) const { X509_free(what); }
};

template <class T>
using openssl_ptr = std::unique_ptr<T, openssl_free>;

} // namespace caucus
