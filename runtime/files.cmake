# What keeps things in files: no CAF, so that tools and tests need none.
caucus_module(random HEADERS random.hpp)
caucus_module(files
  HEADERS file.hpp process_guard.hpp
  SOURCES file.cpp process_guard.cpp
  PUBLIC caucus::messages
  PRIVATE caucus::random)
# toml++ and OpenSSL behind our own errors and owners: for the modules below, not for users.
caucus_module(toml
  HEADERS config_value.hpp toml_fields.hpp toml_file.hpp
  SOURCES config_value.cpp toml_fields.cpp toml_file.cpp
  PUBLIC caucus::files caucus::messages tomlplusplus::tomlplusplus
  PRIVATE caucus::base)
caucus_module(openssl HEADERS openssl.hpp PUBLIC OpenSSL::Crypto OpenSSL::SSL)
caucus_module(config
  HEADERS config.hpp config_key.hpp config_value.hpp config_walk.hpp genesis_file.hpp genesis_names.hpp
  SOURCES config.cpp genesis_file.cpp genesis_print.cpp
  PUBLIC caucus::messages
  PRIVATE caucus::base caucus::toml caucus::variables)
caucus_module(store
  HEADERS append_log.hpp crc32c.hpp directory_lock.hpp folder_network.hpp folder_watch.hpp fresh_nonce.hpp identity.hpp log_format.hpp retry_log.hpp sqlite_store.hpp tls.hpp
  SOURCES append_log.cpp crc32c.cpp directory_lock.cpp folder_network.cpp folder_watch.cpp fresh_nonce.cpp identity.cpp log_format.cpp retry_log.cpp sqlite_store.cpp tls.cpp
  PUBLIC caucus::base caucus::files caucus::messages
  PRIVATE caucus::openssl caucus::random SQLiteCpp)
