#include "actors/notary/rules.hpp"
#include "actors/notary/rules_name.hpp"
#include "actors/start_checks.hpp"
#include "apps/caucus/doctor.hpp"
#include "apps/caucus/own.hpp"
#include "apps/caucus/seen_height.hpp"
#include "messages/committee.hpp"
#include "runtime/base/text.hpp"
#include "runtime/folder_network.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include <unistd.h>

/// What a node has on disk: the group it belongs to, its key, its folder.

namespace caucus::cli {

namespace {

namespace fs = std::filesystem;

/// "7400" of "127.0.0.1:7400".
std::string_view port_of(std::string_view address) {
  return address.substr(std::min(address.rfind(':') + 1, address.size()));
}

} // namespace

void examine_network(const node_access& node, const std::string& rules, findings& out) {
  const auto& file = node.config.genesis.string();
  const auto network = network_with(node, rules);
  if (!network && rules.empty()) {
    out.push_back(
      {"genesis", verdict::warning, file + ": it has rules in C++, which are not here",
       "say which: doctor --rules NAME:VERSION; the node is run by the program that has "
       "them, `"
         + typed("node") + "` has none"});
    return;
  }
  if (!network) {
    out.push_back({"genesis", verdict::failure, file + ": " + network.error().detail, ""});
    return;
  }
  if (const auto compiled = compile_rules(node.genesis, own().own_rules());
      !compiled && (!has_own_rules(node.genesis) || own().own_rules().id())) {
    out.push_back({"genesis", verdict::failure, file + ": " + compiled.error().detail, ""});
    return;
  }
  const auto voters = committee_of(node.genesis);
  out.push_back({"genesis", verdict::fine,
                 node.genesis.name + ", " + std::to_string(voters.size()) + " members of which "
                   + std::to_string(voters.quorum()) + " decide, "
                   + std::to_string(node.genesis.variables.size()) + " variables, network "
                   + to_hex(network->view()).substr(0, 16)});
}

std::optional<peer_id> examine_identity(const node_access& node, findings& out) {
  const auto key = load_identity(node.config.identity);
  if (!key) {
    // The error says itself what to do.
    out.push_back({"identity", verdict::failure, key.error().detail, ""});
    return std::nullopt;
  }
  out.push_back(
    {"identity", verdict::fine,
     to_text(key->id()) + ", " + node.config.identity.string() + " is its owner's alone"});
  return key->id();
}

void examine_membership(const node_access& node, const peer_id& self, findings& out) {
  const auto voters = committee_of(node.genesis);
  const auto* const at = voters.find(self);
  const bool serves = node.config.mode == node_mode::server;
  if (at == nullptr) {
    out.push_back(
      {"member", serves ? verdict::warning : verdict::fine,
       "the identity is no member of " + node.genesis.name + ": the node follows without a vote",
       serves ? "give it the identity that the genesis names, or say node.mode = \"client\"" : ""});
    return;
  }
  const auto port = std::to_string(node.config.net.port);
  if (serves && !at->address.empty() && port_of(at->address) != port) {
    out.push_back({"member", verdict::warning,
                   "the identity is " + at->name + ", which the others dial at " + at->address
                     + ", but the node listens on port " + port,
                   "set net.port to the port in the genesis, unless something forwards it"});
    return;
  }
  out.push_back({"member", verdict::fine, "the identity is " + at->name + ", a member"});
}

namespace {

/// What the start reads, as the start reads it. False: it would not start with that.
bool examine_stores(const node_access& node, const peer_id& self, bool runs, findings& out) {
  bool good = true;
  for (const auto& one : judge_files(node.config, node.genesis, self, runs)) {
    if (!one.how) {
      // The name is that of a check, which may read several files; most errors begin with the file's path.
      const auto& detail = one.how.error().detail;
      const bool names = detail.starts_with(node.config.directory.string());
      out.push_back({"folder", verdict::failure, names ? detail : one.name + ": " + detail, ""});
      good = false;
    }
  }
  return good;
}

} // namespace

namespace {

/// Bytes of ledger.log, and of the full files beside it.
std::uintmax_t ledger_size(const fs::path& folder) {
  std::uintmax_t out = 0;
  std::error_code failed;
  for (fs::directory_iterator at{folder, failed}, end; !failed && at != end; at.increment(failed)) {
    const auto name = at->path().filename().string();
    std::error_code none;
    const auto size = fs::file_size(at->path(), none);
    out += !none && name.starts_with("ledger.") && name.ends_with(".log") ? size : 0;
  }
  return out;
}

} // namespace

void examine_folder(const node_access& node, const std::optional<peer_id>& self, bool runs,
                    findings& out) {
  const auto& folder = node.config.directory;
  std::error_code failed;
  const auto of = fs::status(folder, failed);
  if (failed || !fs::is_directory(of)) {
    out.push_back({"folder", verdict::failure, folder.string() + " is not there, or no folder",
                   "make it, or set node.directory"});
    return;
  }
  if (::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    out.push_back({"folder", verdict::failure,
                   "this user may not read and write in " + folder.string() + ": "
                     + std::generic_category().message(errno),
                   "run the node and this as its owner, or chmod u+rwx " + folder.string()});
    return;
  }
  const auto others = fs::perms::group_write | fs::perms::others_write;
  if ((of.permissions() & others) != fs::perms::none) {
    out.push_back({"folder", verdict::warning, "others may write in " + folder.string(),
                   "chmod go-w " + folder.string()});
    return;
  }
  const bool is_known = !has_own_rules(node.genesis) || node.genesis.rules;
  const auto ours = is_known ? judge_folder(folder, node.network)
                             : result<void>{}; // only its program knows the rules' version
  if (!ours) {
    out.push_back({"folder", verdict::failure, ours.error().detail, ""});
    return;
  }
  if (!examine_stores(node, self.value_or(peer_id{}), runs, out)) {
    return;
  }
  const auto size = ledger_size(folder);
  out.push_back({"folder", verdict::fine,
                 folder.string()
                   + (size == 0 ? ", no ledger yet"
                                : ", a ledger of " + std::to_string(size / 1024) + " KiB")});
}

void examine_seen(const node_access& node, findings& out) {
  const auto file = seen_height_file(node.config.directory);
  const auto seen = seen_height(node.config.directory, node.network);
  std::error_code none;
  if (!seen) {
    out.push_back({"seen", verdict::warning,
                   seen.error().detail + ": a read older than one before is not noticed",
                   seen.error().code == errc::file_malformed
                     ? typed("get") + " writes it anew, and says so"
                     : "let this user read and write the file, or move it away"});
  } else if (fs::exists(file, none) && ::access(file.c_str(), W_OK) != 0) {
    out.push_back({"seen", verdict::warning,
                   "this user may not write " + file.string()
                     + ": the height of a read is not kept, so that an older one is not noticed",
                   "let this user read and write the file, or move it away"});
  } else {
    out.push_back({"seen", verdict::fine,
                   *seen == height{}
                     ? std::string{"nothing was read here yet"}
                     : "reads are of height " + std::to_string(seen->value()) + " or above"});
  }
}

} // namespace caucus::cli
