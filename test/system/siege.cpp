#include "test/system/siege.hpp"

#include "runtime/base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>

namespace caucus::harness {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// 24 MiB: 200 handshakes of OpenSSL at some 50 KiB each, and what a group that commits meanwhile
/// takes up.
constexpr std::size_t growth_max = 24 * 1024 * 1024;

cluster_options options() {
  cluster_options out;
  out.durability = "memory";
  // Each cause is said, if at info: what is counted is that it is said once.
  out.settings = {{"log.levels", "\"info\""}};
  return out;
}

} // namespace

siege::siege(std::size_t honest) : group_{options()} {
  for (std::size_t node = 0; node < honest; ++node) {
    honest_.push_back(node);
    group_.start(node);
  }
  for (const auto node : honest_) {
    group_.wait_until("every link is up", [&] { return group_.view(node).peers + 1 == honest; });
  }
  const auto told = json::parse(group_.view(0).json);
  const auto raw = from_hex(told.at("network_id").get<std::string>());
  REQUIRE(raw);
  REQUIRE(raw->size() == network_id::size);
  std::copy(raw->begin(), raw->end(), network_.raw.begin());
  load_options adding{.nodes = {1}, .clients = 1};
  adding.wanted = [](std::size_t, std::uint64_t) { return wanted{"score", "add", {"1"}}; };
  load_ = std::make_unique<load>(group_, std::move(adding));
  check_goes_on();
  for (const auto node : honest_) {
    links_.push_back(links(node));
  }
  resident_ = resident_size(group_.of(0).pid());
  files_ = open_files(group_.of(0).pid());
}

std::size_t siege::lines_with(std::string_view text) const {
  std::istringstream log{group_.log(0)};
  std::size_t count = 0;
  for (std::string line; std::getline(log, line);) {
    count += line.find(text) != std::string::npos ? 1 : 0;
  }
  return count;
}

void siege::check_goes_on() {
  const auto before = load_->count();
  group_.wait_until("ten more mutations are applied",
                    [&] { return load_->count() >= before + 10; });
}

void siege::check_unharmed() {
  check_goes_on();
  static_cast<void>(load_->finish());
  CHECK(load_->retries() == 0);
  for (const auto node : honest_) {
    INFO("node " << node);
    for (const auto& link : links_.at(node)) {
      INFO("link to " << link.first << " at " << link.second);
      CHECK(links(node).contains(link));
    }
  }
  CHECK(resident_size(group_.of(0).pid()) <= resident_ + growth_max);
  group_.wait_until("what attackers held is closed",
                    [&] { return open_files(group_.of(0).pid()) <= files_ + 4; });
  static_cast<void>(group_.wait_equal(honest_));
}

std::set<std::pair<std::string, std::string>> siege::links(std::size_t of) const {
  const auto told = json::parse(group_.view(of).json);
  std::set<std::pair<std::string, std::string>> out;
  for (const auto& link : told.at("links")) {
    out.emplace(link.at("peer").get<std::string>(), link.at("address").get<std::string>());
  }
  return out;
}

} // namespace caucus::harness
