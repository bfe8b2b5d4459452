#pragma once

#include "messages/result.hpp"
#include "runtime/base/ed25519.hpp"

#include <filesystem>
#include <string>
#include <string_view>

/// A node's identity: its Ed25519 key as a file, PKCS#8 in PEM, mode 0600, what `openssl pkey`
/// reads.
/// Any thread; blocks on the disk. Errors never show key material.

namespace caucus {

/// From the system's randomness. Error: internal, if it gives none.
[[nodiscard]] result<secret_key> make_identity();

/// Never overwrites: a lost key is a lost identity. Errors: those of write_new_file().
[[nodiscard]] result<void> save_identity(const secret_key& key, const std::filesystem::path& path);

/// Errors: file_missing, file_unreadable, file_permissions (others could use it: `chmod 600`),
/// too_long, file_malformed (no PEM, encrypted, or another kind of key).
[[nodiscard]] result<secret_key> load_identity(const std::filesystem::path& path);

/// What the file holds. A secret: write it nowhere else. Error: internal (out of memory).
[[nodiscard]] result<std::string> identity_to_pem(const secret_key& key);
/// `name`: what errors call it. Error: file_malformed.
[[nodiscard]] result<secret_key> identity_from_pem(std::string_view pem, std::string_view name);

} // namespace caucus
