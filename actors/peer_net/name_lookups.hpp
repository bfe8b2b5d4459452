#pragma once

#include "messages/result.hpp"
#include "messages/time.hpp"
#include "runtime/asio.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// Where the hosts are that addresses name. The I/O thread's.
///
/// Each look-up has a thread of its own, detached: the system's resolver (getaddrinfo) takes as
/// long as its name servers let it, some 40 s where they are silent, and cannot be interrupted. So
/// no name waits for another, and no stop for any: a thread owns all that it touches, and tells a
/// mailbox that the stop has closed. It is the system's resolver, not a DNS library, as that knows
/// all of nsswitch.conf: the hosts file, mDNS, systemd-resolved. At most one look-up a name runs;
/// what is found is kept for a while, and longer where no better can be found. A program that
/// unloads (dlclose) a library with this in it links that with `-z nodelete`: a look-up may still
/// run.

namespace caucus {

using host_addresses = std::vector<boost::asio::ip::address>; ///< not empty

/// Blocks. Error: `connect_failed`, with the resolver's words.
[[nodiscard]] result<host_addresses> system_addresses(const std::string& host);

/// The same, but waits no longer than that. Error also: `timed_out`.
[[nodiscard]] result<host_addresses> addresses_within(const std::string& host,
                                                      std::chrono::seconds at_most);

class name_lookups {
public:
  using answer = std::function<void(const result<host_addresses>&)>;
  /// Called on threads of look-ups; must not refer to anything that may go.
  using finder = std::function<result<host_addresses>(const std::string&)>;
  using ticket = std::uint64_t;

  explicit name_lookups(boost::asio::io_context& io, finder find = system_addresses);
  name_lookups(const name_lookups&) = delete;
  name_lookups& operator=(const name_lookups&) = delete;
  ~name_lookups();

  /// `then` is called once, from the loop and never from here, unless forget() or stop() comes
  /// first. Errors: the finder's; `busy`: too many names, or too many threads hang.
  ticket find(const std::string& host, time_point now, answer then);
  void forget(ticket which);
  /// No `then` is called any more; waits for no look-up. Idempotent.
  void stop();

  /// One that is found is not looked up again for so long: a node that is dialled again and again,
  /// each 5 s.
  static constexpr duration fresh_for{std::chrono::seconds{30}};
  /// What was found before is told at once, and looked up anew behind: name servers may be down for
  /// so long.
  static constexpr duration stale_for{std::chrono::hours{1}};
  /// One that was not found.
  static constexpr duration failed_for{std::chrono::seconds{2}};
  /// As many as may be dialled at once: 64 members.
  static constexpr std::size_t lookups_max = 64;
  /// Members, configured addresses and those that others named: 64 + 64 + 256, and as many that are
  /// past.
  static constexpr std::size_t names_max = 768;

private:
  struct mailbox;
  struct state;

  std::shared_ptr<state> state_;
};

} // namespace caucus
