#include "actors/node_config.hpp"

#include "messages/try.hpp"
#include "runtime/base/text.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace caucus {

bool is_listen_address(std::string_view text) {
  if (text.empty()) {
    return true;
  }
  auto host = std::string{text.substr(0, text.rfind(':'))};
  const bool in_brackets = host.size() > 2 && host.front() == '[';
  if (in_brackets) {
    host = host.substr(1, host.size() - 2);
  }
  ::in6_addr ignored{};
  return is_address(text)
         && ::inet_pton(in_brackets ? AF_INET6 : AF_INET, host.c_str(), &ignored) == 1;
}

std::vector<std::string> log_subsystems() {
  return {"administration", "caucus-io", "consensus", "library", "mailbox", "node",      "notary",
          "notary_line",    "peer_net",  "rpc",       "rules",   "store",   "supervisor"};
}

result<void> validate(const node_config& config) {
  return judge(config);
}

result<void> pin_paths(node_config& config) {
  std::error_code none;
  for (auto* const path :
       {&config.directory, &config.genesis, &config.identity, &config.log_file}) {
    if (!path->empty()) {
      auto whole = std::filesystem::absolute(*path, none);
      if (none) {
        return fail(errc::file_unreadable,
                    path->string() + ": cannot be made absolute: " + none.message());
      }
      *path = std::move(whole);
    }
  }
  const auto real = std::filesystem::weakly_canonical(config.directory, none).string();
  const auto size = std::max(real.size(), config.directory.string().size());
  if (size > directory_size_max) {
    return fail(errc::value_out_of_range, "node.directory: the path " + config.directory.string()
                                            + " has " + std::to_string(size) + " bytes, allowed "
                                            + std::to_string(directory_size_max)
                                            + "; put the folder nearer to the root");
  }
  return {};
}

namespace {

/// After the file and the flags are read: fills in what is left out, checks what only all keys
/// together can tell. `file`: the configuration's.
result<void> settle(node_config& config, const config_schema& schema,
                    const std::filesystem::path& file) {
  if (config.genesis.empty()) {
    const std::string why =
      "name the network's genesis file: a node belongs to one network; `caucus "
      "init DIR` makes a new one";
    return schema.given("node.genesis")
             ? schema.refuse("node.genesis", why)
             : fail(errc::value_out_of_range, file.string() + ": node.genesis is missing: " + why);
  }
  if (config.directory.empty()) {
    config.directory = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
  }
  if (config.identity.empty()) {
    config.identity = config.directory / "identity.key";
  }
  // A client is asked by nobody: it listens only where a port or net.listen says so.
  if (config.mode == node_mode::client && !schema.given("net.listen")
      && !schema.given("net.port")) {
    config.net.listen = false;
  }
  return schema.settle(config);
}

} // namespace

// -- read, and read again --------------------------------------------------------------------------

node_settings::node_settings() {
  schema_.table({}, read_);
}

void node_settings::add(std::unique_ptr<settings_table> table) {
  table->bind(schema_);
  tables_.push_back(std::move(table));
}

result<void> node_settings::load(const std::filesystem::path& file, config_flags flags) {
  file_ = file;
  flags_ = std::move(flags);
  if (auto read = schema_.load(file_); !read) {
    return read;
  }
  for (const auto& [name, text] : flags_) {
    if (auto applied = schema_.apply_override(name, text); !applied) {
      return applied;
    }
  }
  settled_ = read_;
  if (auto settled = settle(settled_, schema_, file_); !settled) {
    return settled;
  }
  if (auto settled = settle_tables(); !settled) {
    restore_tables();
    return settled;
  }
  for (const auto& table : tables_) {
    table->commit();
  }
  return {};
}

void node_settings::restore_tables() {
  for (const auto& table : tables_) {
    table->restore();
  }
}

result<void> node_settings::settle_tables() {
  for (const auto& table : tables_) {
    if (auto settled = table->settle(schema_); !settled) {
      return settled;
    }
  }
  return {};
}

result<void> node_settings::load_anew() const {
  node_settings anew;
  for (const auto& table : tables_) {
    anew.add(table->unread());
  }
  return anew.load(file_, flags_);
}

result<reload_report>
node_settings::reload(const std::function<result<void>(const node_config&)>& apply) {
  // First as at a start: what the next start would refuse is told now, and changes nothing.
  CAUCUS_TRY_VOID(load_anew());
  const auto before = read_;
  auto report = schema_.reload(file_);
  if (!report) {
    return report;
  }
  auto now = read_;
  auto done = settle(now, schema_, file_);
  if (done) {
    done = settle_tables();
  }
  const bool applies = done && !report->changed.empty();
  if (applies) {
    done = apply(now);
  }
  if (!done) {
    read_ = before;
    restore_tables();
    if (applies) {
      static_cast<void>(apply(settled_)); // it held before, and finds the tables of then
    }
    return tl::unexpected<error>{std::move(done.error())};
  }
  settled_ = std::move(now);
  for (const auto& table : tables_) {
    table->commit();
  }
  return report;
}

std::string node_settings::print() {
  const auto swap_shown = [this] {
    std::swap(read_, settled_);
    for (const auto& table : tables_) {
      table->swap_shown();
    }
  };
  swap_shown();
  auto out = schema_.print();
  swap_shown();
  return out;
}

} // namespace caucus
