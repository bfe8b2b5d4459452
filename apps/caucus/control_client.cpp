#include "apps/caucus/control_client.hpp"

#include "actors/rpc/control_server.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
#include "messages/try.hpp"
#include "runtime/base/shell_word.hpp"
#include "runtime/commands/actor_commands.hpp"
#include "runtime/commands/reply_text.hpp"
#include "runtime/commands/status.hpp"
#include "runtime/directory_lock.hpp"

#include <thread>
#include <utility>

namespace caucus::cli {

using namespace std::chrono_literals;

namespace {

/// A node that holds its folder listens soon; one that was started a moment ago, as by `caucus node &`
/// on the line before, may not hold it yet.
constexpr std::chrono::milliseconds wait_of_held{3'000};
constexpr std::chrono::milliseconds wait_of_free{300};

constexpr unsigned status_ok = 200;

/// The reasons may hold what others wrote.
tl::unexpected<error> told_by_node(const std::string& body) {
  auto out = error_from_json(body).value_or(
    error{errc::internal, "the node answered " + body.substr(0, 200)});
  out.detail = harmless(out.detail);
  return tl::unexpected<error>{std::move(out)};
}

} // namespace

control_client::control_client(std::filesystem::path directory)
    : directory_{directory}, socket_{std::move(directory)} {}

result<control_client> control_client::connect(const std::filesystem::path& directory) {
  control_client out{directory};
  const auto opened = out.socket_.open();
  if (opened) {
    return out;
  }
  if (opened.error().code == errc::file_unreadable) {
    return fail(errc::file_unreadable, "the node's socket "
                                         + (directory / control_socket_name).string()
                                         + " is not yours to use; run this as the node's user");
  }
  const auto config = (directory / "node.toml").string();
  const auto node = open_node(config);
  return fail(
    errc::node_unreachable,
    "no node runs in " + directory.string() + " (" + opened.error().detail + "); start it with: "
      + (node ? how_to_run(node->genesis, config) : typed("node --config " + shell_word(config))));
}

result<control_client> control_client::reach(const std::filesystem::path& directory) {
  const auto began = std::chrono::steady_clock::now();
  for (;;) {
    auto made = connect(directory);
    if (made || made.error().code != errc::node_unreachable) {
      return made;
    }
    const auto holder = directory_lock::holder(directory);
    const auto at_most = holder && *holder ? wait_of_held : wait_of_free;
    if (std::chrono::steady_clock::now() - began > at_most) {
      return made;
    }
    std::this_thread::sleep_for(20ms);
  }
}

tl::unexpected<error> control_client::gone(const error& why) const {
  if (why.code == errc::cancelled) {
    return tl::unexpected<error>{why};
  }
  return fail(errc::node_unreachable,
              "the node in " + directory_.string()
                + (why.code == errc::timed_out
                     ? " does not answer; it may be stopped or overloaded"
                     : " ended while it was asked, or closed the connection (" + why.detail
                         + "); its log says why"));
}

result<std::string> control_client::ask(const any_command& what,
                                        std::chrono::milliseconds at_most) {
  auto got = socket_.ask(what.facts->method, command_target(what), command_body(what), at_most);
  if (!got) {
    return gone(got.error());
  }
  if (got->status != status_ok) {
    return told_by_node(got->body);
  }
  return std::move(got->body);
}

result<control_client> control_client::reach_alive(const std::filesystem::path& directory,
                                                   std::chrono::milliseconds at_most) {
  CAUCUS_TRY(auto out, reach(directory));
  CAUCUS_TRY_VOID(out.ask(control_version{}, at_most));
  return out;
}

result<void> control_client::lines(const any_command& what,
                                   const std::function<bool(std::string_view)>& each) {
  std::string failed; // in the middle: the head said 200 long ago
  const auto got = socket_.lines(what.facts->method, command_target(what), command_body(what),
                                 [&](std::string_view line) {
                                   if (line.starts_with("{\"error\"")) {
                                     failed = line;
                                     return false;
                                   }
                                   return each(line);
                                 });
  if (!got) {
    return gone(got.error());
  }
  if (!failed.empty() || got->status != status_ok) {
    return told_by_node(failed.empty() ? got->body : failed);
  }
  return {};
}

} // namespace caucus::cli
