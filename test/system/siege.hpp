#pragma once

#include "messages/ids.hpp"
#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/harness/load.hpp"
#include "test/system/hostile_peer.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// An honest group under attack: it goes on committing all the while, keeps its links and its
/// memory, and logs each cause once.

namespace caucus::harness {

class siege {
public:
  /// `honest`: how many of the group's four nodes run. Node 0 is the one that is attacked.
  explicit siege(std::size_t honest = 4);

  [[nodiscard]] cluster& group() { return group_; }
  [[nodiscard]] const network_id& network() const { return network_; }
  [[nodiscard]] std::uint16_t port(std::size_t node = 0) const { return group_.port(node); }
  [[nodiscard]] const std::vector<std::size_t>& honest() const { return honest_; }

  /// Lines in the log of node 0 that contain this.
  [[nodiscard]] std::size_t lines_with(std::string_view text) const;
  /// Ten more mutations are applied.
  void check_goes_on();
  /// At the end: no honest link broke since the start, nothing was lost, memory stayed within 24
  /// MiB, all have one state.
  void check_unharmed();

private:
  /// {peer, address}: a link that breaks comes back with another address on one of its sides.
  [[nodiscard]] std::set<std::pair<std::string, std::string>> links(std::size_t of) const;

  cluster group_;
  std::vector<std::size_t> honest_;
  network_id network_;
  std::vector<std::set<std::pair<std::string, std::string>>> links_;
  std::size_t resident_ = 0;
  std::size_t files_ = 0;
  std::unique_ptr<load> load_;
};

} // namespace caucus::harness
