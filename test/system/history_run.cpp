#include "test/system/history_run.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <csignal>
#include <exception>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace caucus::harness {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using clock = std::chrono::steady_clock;

/// New keys so often, so that each one's history stays short.
constexpr std::chrono::milliseconds round_time{2'000};
constexpr std::size_t keys_per_round = 3;
constexpr std::size_t users_per_node = 2;
/// That a node waits for a receipt or for what a fresh read needs; a user waits a little longer.
constexpr std::chrono::milliseconds answer_wait{4'000};
constexpr std::chrono::milliseconds user_wait{6'000};
/// After an answer that says nothing, so that a dead node is not asked a thousand times a second.
constexpr std::chrono::milliseconds ask_again{50};
constexpr std::size_t folder_member = 3; ///< the one whose folder is changed: f of four is 1

/// Room for what a client writes within an hour in which the group's time stands still.
std::string with_cells(const std::string& genesis) {
  return set_key(genesis, "quota", "strangers_burst", "1073741824")
         + "\n[[variables]]\nname = \"cells\"\nkind = \"map\"\nwriters = \"anyone\"\n";
}

std::string read_file(const std::filesystem::path& file) {
  const std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(clock::now().time_since_epoch())
    .count();
}

/// How far each node's wall clock is from the right time: a file for each, which the node has mapped.
class wall_clocks {
public:
  explicit wall_clocks(std::filesystem::path folder) : folder_{std::move(folder)} {}

  [[nodiscard]] std::vector<std::string> environment(std::size_t node) const {
    if (!std::filesystem::exists(file(node))) {
      set(node, 0ms);
    }
    return {std::string{"LD_PRELOAD="} + WRONG_CLOCK, "CAUCUS_WRONG_CLOCK=" + file(node).string()};
  }
  void set(std::size_t node, std::chrono::milliseconds ahead) const {
    const std::int64_t value =
      ahead.count(); // in place, not through a new file: nodes see it at once
    std::fstream out{file(node), std::ios::binary | std::ios::in | std::ios::out};
    if (!out.is_open()) {
      out.open(file(node), std::ios::binary | std::ios::out);
    }
    out.write(reinterpret_cast<const char*>(&value), sizeof value);
  }

private:
  [[nodiscard]] std::filesystem::path file(std::size_t node) const {
    return folder_ / ("clock" + std::to_string(node));
  }
  std::filesystem::path folder_;
};

/// Users of all nodes, a thread each, until it goes.
class crowd {
public:
  crowd(const cluster& on, std::size_t nodes, std::uint64_t seed) : on_{on} {
    for (std::size_t user = 0; user < nodes * users_per_node; ++user) {
      threads_.emplace_back([this, user, seed] { run(user, seed); });
    }
  }
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;
  ~crowd() { stop(); }

  void next_round() { ++round_; }
  [[nodiscard]] std::uint64_t answered() const { return answered_; }

  std::vector<done> stop() {
    stopping_ = true;
    for (auto& one : threads_) {
      if (one.joinable()) {
        one.join();
      }
    }
    const std::lock_guard lock{guard_};
    return std::move(all_);
  }

  /// One write through a control of the caller's own.
  void write(control& to, std::size_t node, std::size_t user, const std::string& value,
             std::uint64_t which) {
    done one{node, user, key(which), {true, value, now(), std::nullopt, {}}, {}, 0, 0};
    try {
      const auto told = cluster::propose(to, "cells", "put", {one.key, value}, value, answer_wait);
      one.outcome = told.outcome;
      if (told.status == 200) {
        one.height = told.height;
        one.index = told.index;
        one.what.end = now();
      }
    } catch (const std::exception&) { // it hung up, or is not there: nobody knows
    }
    keep(std::move(one));
  }

private:
  std::string key(std::uint64_t which) const {
    return "r" + std::to_string(round_) + "." + std::to_string(which % keys_per_round);
  }

  void keep(done one) {
    answered_ += one.what.end ? 1 : 0;
    const bool silent = !one.what.end;
    {
      const std::lock_guard lock{guard_};
      all_.push_back(std::move(one));
    }
    if (silent) {
      std::this_thread::sleep_for(ask_again);
    }
  }

  void run(std::size_t user, std::uint64_t seed) {
    std::mt19937_64 random{seed * 1'000 + user};
    const auto node = user / users_per_node;
    auto to = on_.talk(node, user_wait);
    for (std::uint64_t i = 0; !stopping_; ++i) {
      if (random() % 2 == 0) {
        write(to, node, user, "u" + std::to_string(user) + "-" + std::to_string(i), random());
      } else {
        read(to, node, user, random());
      }
    }
  }

  void read(control& to, std::size_t node, std::size_t user, std::uint64_t which) {
    done one{node, user, key(which), {false, std::nullopt, now(), std::nullopt, {}}, {}, 0, 0};
    try {
      const auto got = to.get("/v1/get?variable=cells&fresh=1&key=" + one.key
                              + "&timeout_ms=" + std::to_string(answer_wait.count()));
      const auto told = json::parse(got.body);
      if (got.status == 200) {
        one.height = told.at("height").get<std::uint64_t>();
        if (!told.at("value").is_null()) {
          one.what.value = told.at("value").get<std::string>();
        }
        one.what.end = now();
      } else {
        one.outcome = told.at("error").at("code").get<std::string>();
      }
    } catch (const std::exception&) {
    }
    keep(std::move(one));
  }

  const cluster& on_;
  std::vector<std::thread> threads_;
  std::mutex guard_;
  std::vector<done> all_; ///< guarded
  std::atomic<std::uint64_t> round_{0};
  std::atomic<std::uint64_t> answered_{0};
  std::atomic<bool> stopping_{false};
};

/// What befalls them, one thing after another.
class fate {
public:
  fate(cluster& group, crowd& users, const wall_clocks& clocks, std::size_t client,
       const history_options& options, std::map<std::string, std::size_t>& faults)
      : group_{group}, users_{users}, clocks_{clocks}, client_{client}, options_{options},
        faults_{faults}, random_{options.seed} {}

  void run() {
    const auto end = clock::now() + options_.length;
    auto round_end = clock::now() + round_time;
    while (clock::now() < end) {
      strike();
      dwell(up_to(400));
      if (clock::now() >= round_end) {
        users_.next_round();
        round_end = clock::now() + round_time;
      }
    }
  }

private:
  std::size_t up_to(std::size_t most) {
    return std::uniform_int_distribution<std::size_t>{0, most}(random_);
  }
  /// How long a fault lasts; nothing is waited for.
  static void dwell(std::size_t milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds{milliseconds});
  }
  void note(const std::string& name, const std::string& detail) {
    ++faults_[name];
    if (options_.say) {
      options_.say(name + ": " + detail);
    }
  }

  void strike() {
    if (options_.clocks && up_to(4) == 0) {
      return clock_jumps();
    }
    const auto members = group_.size();
    const auto node = up_to(members); // the last one is the client
    switch (up_to(options_.folders ? 9 : options_.cuts ? 6 : 3)) {
      case 0:
      case 1: return kill({node == members ? client_ : node});
      case 2: { // two at once: then nothing commits until one is back
        const auto first = up_to(members - 1);
        return kill({first, (first + 1 + up_to(members - 2)) % members});
      }
      case 3: return pause(node == members ? client_ : node);
      case 4:
      case 5:
      case 6: return options_.cuts ? cut(up_to(members - 1)) : pause(up_to(members - 1));
      default: return folder(up_to(1) == 0 ? client_ : folder_member);
    }
  }

  /// Of one node, or of a quorum whose clocks somebody keeps for all.
  void clock_jumps() {
    constexpr std::chrono::milliseconds spans[] = {500ms, 5s, 15s, 10min, 1h};
    auto by = spans[up_to(std::size(spans) - 1)];
    by = up_to(1) == 0 ? by : -by;
    std::vector<std::size_t> whose;
    if (up_to(3) == 0) {
      whose = {0, 1, 2};
    } else {
      const auto node = up_to(group_.size());
      whose = {node == group_.size() ? client_ : node};
    }
    note(whose.size() == 1 ? "clock jumps" : "clock jumps of a quorum",
         std::to_string(whose.front()) + " by " + std::to_string(by.count()) + " ms");
    for (const auto node : whose) {
      clocks_.set(node, by);
    }
    dwell(500 + up_to(3'000));
    for (const auto node : whose) {
      clocks_.set(node, 0ms);
    }
  }

  void kill(const std::vector<std::size_t>& nodes) {
    std::string names;
    for (const auto node : nodes) {
      group_.kill(node);
      names += (names.empty() ? "" : ", ") + std::to_string(node);
    }
    note(nodes.size() == 1 ? "kills" : "double kills", names);
    dwell(up_to(600));
    for (const auto node : nodes) {
      group_.start(node);
    }
  }

  void pause(std::size_t node) {
    note("pauses", std::to_string(node));
    group_.pause(node);
    dwell(200 + up_to(1'500));
    group_.resume(node);
  }

  void cut(std::size_t node) {
    if (up_to(2) == 0) { // halves: neither can decide
      const auto other = (node + 1 + up_to(group_.size() - 2)) % group_.size();
      note("halves", std::to_string(node) + " and " + std::to_string(other));
      between_halves(node, other, {.cut = true});
      dwell(200 + up_to(1'500));
      between_halves(node, other, {});
    } else {
      note("cuts", std::to_string(node));
      group_.isolate(node, {.cut = true});
      dwell(200 + up_to(1'500));
      group_.isolate(node, {});
    }
  }

  void between_halves(std::size_t one, std::size_t other, const wire& how) {
    for (const auto inside : {one, other}) {
      for (const auto outside : group_.all()) {
        if (outside != one && outside != other) {
          group_.between(inside, outside, how);
          group_.between(outside, inside, how);
        }
      }
    }
  }

  // -- folders ---------------------------------------------------------------------------------------

  void folder(std::size_t node) {
    const auto here = group_.directory(node);
    const auto copy = group_.folder() / ("copy" + std::to_string(node));
    group_.kill(node);
    switch (up_to(3)) {
      case 0: // kept for later
        std::filesystem::remove_all(copy);
        copy_files(here, copy);
        note("copies", std::to_string(node));
        break;
      case 1:
        if (std::filesystem::exists(copy)) {
          std::filesystem::remove_all(here);
          copy_files(copy, here);
          note("restored", std::to_string(node));
        }
        break;
      case 2:
        empty(here);
        note("emptied", std::to_string(node));
        break;
      default: return run_twice(node);
    }
    group_.start(node);
  }

  /// All but sockets.
  static void copy_files(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::filesystem::create_directories(to);
    for (const auto& one : std::filesystem::directory_iterator{from}) {
      if (one.is_directory()) {
        copy_files(one.path(), to / one.path().filename());
      } else if (one.is_regular_file()) {
        std::filesystem::copy_file(one.path(), to / one.path().filename());
      }
    }
  }

  /// Within a few seconds; a node may refuse to start.
  static bool answers(control& to, process& node) {
    for (const auto end = clock::now() + 5s; clock::now() < end && node.running(); dwell(50)) {
      try {
        return to.get("/v1/version").status == 200;
      } catch (const std::exception&) { // not yet
      }
    }
    return false;
  }

  /// As after a lost disk: the key and the configuration are all that is left.
  static void empty(const std::filesystem::path& here) {
    std::vector<std::filesystem::path> gone;
    for (const auto& one : std::filesystem::directory_iterator{here}) {
      const auto name = one.path().filename().string();
      if (name != "identity.key" && name != "node.toml" && name != "genesis.toml") {
        gone.push_back(one.path());
      }
    }
    for (const auto& one : gone) {
      std::filesystem::remove_all(one);
    }
  }

  void run_twice(std::size_t node) {
    const auto twin = group_.genesis().parent_path() / ("twin" + std::to_string(node));
    std::filesystem::remove_all(twin);
    copy_files(group_.directory(node), twin);
    auto config = read_file(twin / "node.toml");
    config = set_key(config, "net", "listen", "false");
    std::ofstream{twin / "node.toml", std::ios::trunc} << config;
    group_.start(node);
    process second{{cluster::program().string(), "node", "--config", (twin / "node.toml").string()},
                   group_.folder() / ("twin" + std::to_string(node) + ".log")};
    note("run twice", std::to_string(node));
    control to{twin, user_wait};
    if (answers(to, second)) {
      for (std::size_t i = 0; i < 4; ++i) {
        users_.write(to, node, 1'000 + node,
                     "twin" + std::to_string(node) + "-" + std::to_string(++twin_writes_), i);
      }
    }
    dwell(up_to(1'000));
    second.signal(SIGKILL);
    static_cast<void>(second.wait(10s));
  }

  cluster& group_;
  crowd& users_;
  const wall_clocks& clocks_;
  std::size_t client_;
  const history_options& options_;
  std::map<std::string, std::size_t>& faults_;
  std::mt19937_64 random_;
  std::uint64_t twin_writes_ = 0;
};

} // namespace

history_result run_history(const history_options& options) {
  history_result out;
  const temporary_folder clock_files;
  const wall_clocks clocks{clock_files.path()};
  cluster_options made{.proxied = options.cuts, .genesis = with_cells};
  if (options.clocks) {
    made.environment = [&clocks](std::size_t node) { return clocks.environment(node); };
  }
  cluster group{made};
  group.start_all();
  const auto client = group.add_client();
  std::string join; // one link would leave a fresh read without a quorum
  for (const auto node : group.all()) {
    join +=
      (join.empty() ? "\"127.0.0.1:" : ", \"127.0.0.1:") + std::to_string(group.port(node)) + '"';
  }
  const auto config = group.config(client);
  const auto text = set_key(read_file(config), "net", "join", '[' + join + ']');
  std::ofstream{config, std::ios::trunc} << text;
  group.start(client);
  group.wait_until("the client follows", [&] { return group.view(client).height > 0; });
  crowd users{group, group.size() + 1, options.seed};
  fate{group, users, clocks, client, options, out.faults}.run();
  users.next_round();
  const auto before = users.answered();
  group.wait_until("users are answered again", [&] { return users.answered() > before + 20; });
  out.all = users.stop();
  auto nodes = group.all();
  nodes.push_back(client);
  out.committed = same_ledger(group, nodes);
  return out;
}

} // namespace caucus::harness
