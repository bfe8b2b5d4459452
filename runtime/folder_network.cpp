#include "runtime/folder_network.hpp"

#include "messages/try.hpp"
#include "runtime/base/text.hpp"
#include "runtime/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>

namespace caucus {

namespace {

/// Where what is signed is kept, or what was built of it.
constexpr std::array stores{"consensus.journal", "notary.journal", "ledger.log", "state.sqlite"};

std::filesystem::path file_in(const std::filesystem::path& folder) {
  return folder / "network";
}

bool is_begun(const std::filesystem::path& folder) {
  return std::any_of(stores.begin(), stores.end(), [&folder](const char* name) {
    std::error_code ignored;
    return std::filesystem::exists(folder / name, ignored);
  });
}

/// Enough to tell networks apart by, as status and doctor show it.
std::string short_text(const network_id& of) {
  return to_hex(of.view()).substr(0, 16);
}

/// Whole or not at all: half a line would keep the node from starting.
result<void> write_record(const std::filesystem::path& folder, const network_id& network) {
  const auto path = file_in(folder);
  auto made = path;
  made += ".new";
  std::error_code ignored;
  std::filesystem::remove(made, ignored); // of a life that ended here
  if (auto wrote = write_new_file(made, to_hex(network.view()) + "\n"); !wrote) {
    return wrote;
  }
  if (real_files().rename(made, path) != 0 || real_files().sync_folder(folder) != 0) {
    return tl::unexpected<error>{file_error(errno, path, "write")};
  }
  return {};
}

} // namespace

result<std::optional<network_id>> folder_network(const std::filesystem::path& folder) {
  const auto path = file_in(folder);
  auto text = read_file(path, {.name = "the folder's network", .size_max = 1'024});
  if (!text && text.error().code == errc::file_missing) {
    return std::optional<network_id>{};
  }
  if (!text) {
    return tl::make_unexpected(std::move(text.error()));
  }
  if (!text->empty() && text->back() == '\n') {
    text->pop_back();
  }
  const auto out = fixed_from_hex<network_id>(*text);
  if (!out) {
    return fail(errc::file_malformed,
                path.string()
                  + " names no network; if you are sure of the genesis and the rules' version that "
                    "this node was begun with, remove it, and it is written anew");
  }
  return std::optional{*out};
}

result<void> judge_folder(const std::filesystem::path& folder, const network_id& network) {
  if (!is_begun(folder)) {
    return {};
  }
  CAUCUS_TRY(const auto kept, folder_network(folder));
  if (!kept || *kept == network) {
    return {};
  }
  std::string names{"network, peers.sqlite*"};
  for (const std::string one : stores) {
    names += ", " + one + (one.ends_with(".sqlite") ? "*" : "");
  }
  return fail(errc::wrong_network,
              folder.string() + " holds what was signed in network " + short_text(*kept)
                + ", but the genesis and rules given are of network " + short_text(network)
                + ". Start it with the genesis, and the version of the rules, that it was begun "
                  "with; or give another folder (node.directory). If the rules are "
                  "newer ones: let the program bring the former version too, and the group takes "
                  "the newer by "
                  "its vote. If it was begun by mistake: move "
                + names
                + " away, keep them as long as that network may be needed, and start again");
}

result<void> claim_folder(const std::filesystem::path& folder, const network_id& network) {
  if (auto free = judge_folder(folder, network); !free) {
    return free;
  }
  const auto kept = folder_network(folder);
  return kept && *kept == network ? result<void>{} : write_record(folder, network);
}

} // namespace caucus
