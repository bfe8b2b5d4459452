#include "apps/caucus/commands.hpp"
#include "apps/caucus/demo_group.hpp"
#include "apps/caucus/network_files.hpp"
#include "apps/caucus/option_checks.hpp"
#include "apps/caucus/output.hpp"
#include "apps/group/group_load.hpp"
#include "apps/group/interrupts.hpp"
#include "apps/group/local_ports.hpp"
#include "apps/group/work_folder.hpp"
#include "messages/quorum.hpp"
#include "messages/try.hpp"
#include "runtime/commands/strict_json.hpp"
#include "runtime/fresh_nonce.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

/// `caucus demo`: what a group of nodes does, shown on real processes. Every line that it prints with
/// a tick was checked.

namespace caucus::cli {

namespace {

using namespace std::chrono_literals;
using json = nlohmann::ordered_json;
using clock = std::chrono::steady_clock;

/// Through each node but the victim, while it is killed.
constexpr std::size_t callers = 8;

struct demo_options {
  unsigned nodes = 4;
  std::string keep;
};

std::string milliseconds(clock::duration time) {
  char out[32];
  const auto value = std::chrono::duration<double, std::milli>(time).count();
  static_cast<void>(std::snprintf(out, sizeof out, value < 10 ? "%.1f ms" : "%.0f ms", value));
  return out;
}

class demo {
public:
  demo(const std::filesystem::path& folder, unsigned nodes)
      : group_{folder, nodes}, nodes_{nodes} {}

  result<void> run(const std::filesystem::path& folder);

private:
  void title(const std::string& text) const { print("\n" + with_.bold(text) + "\n"); }
  void good(const std::string& text, const std::string& aside = {}) const {
    // What is beside goes below where the line is full: no word is cut by the terminal.
    const auto line = "  " + with_.green("✓") + " " + wrapped(text, 4, 4);
    const auto begin = line.rfind('\n') == std::string::npos ? 0 : line.rfind('\n') + 1;
    const bool fits =
      width_of(std::string_view{line}.substr(begin)) + 2 + width_of(aside) <= line_width;
    print(line
          + (aside.empty() ? ""
             : fits        ? "  " + with_.dim(aside)
                           : "\n    " + with_.dim(wrapped(aside, 4, 4)))
          + "\n");
  }

  result<void> start_all(const std::filesystem::path& folder);
  result<void> propose_all();
  result<void> read_verified();
  result<void> crash_under_load();
  result<void> stop_too_many();
  result<void> compare_roots();
  result<void> propose_one(std::size_t by, std::vector<std::string> words);
  result<void> wait_connected(std::size_t index, std::size_t peers);
  result<json> read_score(std::size_t from, std::uint64_t at_least);
  result<void> count_load(group_load& load, clock::time_point began);

  std::optional<local_ports> ports_;
  demo_group group_;
  std::size_t nodes_;
  paint with_;
  known_network network_;
  std::uint64_t score_ = 0;  ///< what it must be
  std::uint64_t height_ = 0; ///< highest receipt's
  std::vector<clock::duration> single_;
  struct load_outcome {
    std::uint64_t applied = 0;
    std::uint64_t retried = 0;
    std::chrono::duration<double> time{0};
    std::chrono::microseconds latency_p50{0};
  };
  load_outcome load_;
  clock::duration catch_up_{};
};

// -- 1: start --------------------------------------------------------------------------------------

result<void> demo::wait_connected(std::size_t index, std::size_t peers) {
  return wait_until("node" + std::to_string(index) + " has links to all others", 15s, [&] {
    const auto seen = group_.view(index);
    return seen && seen->peers >= peers;
  });
}

result<void> demo::start_all(const std::filesystem::path& folder) {
  title(std::to_string(nodes_) + " nodes, each a process, each with its own key");
  CAUCUS_TRY(auto ports, local_ports::take(nodes_));
  ports_ = std::move(ports);
  group_plan plan;
  plan.directory = folder;
  plan.nodes = static_cast<unsigned>(nodes_);
  plan.base_port = ports_->first();
  CAUCUS_TRY(const auto made, make_group(plan));
  CAUCUS_TRY(auto network, open_genesis(folder / "genesis.toml"));
  network_ = std::move(network);
  const auto began = clock::now();
  for (std::size_t i = 0; i < nodes_; ++i) {
    if (auto started = group_.start(i); !started) {
      return started;
    }
  }
  for (std::size_t i = 0; i < nodes_; ++i) {
    if (auto connected = wait_connected(i, nodes_ - 1); !connected) {
      return connected;
    }
    good("node" + std::to_string(i) + "  " + made.ids[i].substr(0, 8)
         + "  127.0.0.1:" + std::to_string(ports_->first() + i));
  }
  const auto members = static_cast<std::uint16_t>(nodes_);
  good("a TLS 1.3 mesh; " + std::to_string(quorum(members)) + " of " + std::to_string(nodes_)
         + " decide, " + std::to_string(liars_max(members)) + " may lie or be down",
       milliseconds(clock::now() - began));
  return {};
}

// -- 2: propose ------------------------------------------------------------------------------------

result<void> demo::propose_one(std::size_t by, std::vector<std::string> words) {
  by %= nodes_;
  std::string shown;
  for (const auto& word : words) {
    shown += (shown.empty() ? "" : " ") + word;
  }
  const auto began = clock::now();
  const auto told = group_.propose(by, {words[0], words[1], {words.begin() + 2, words.end()}},
                                   make_request_id(), 10s);
  const auto took = clock::now() - began;
  if (!told) {
    return tl::make_unexpected(told.error());
  }
  if (told->outcome != "applied") {
    return fail(errc::refused_by_rule, shown + " was refused: " + told->detail);
  }
  single_.push_back(took);
  height_ = std::max(height_, told->height);
  good(shown, "through node" + std::to_string(by) + ", applied at height "
                + std::to_string(told->height) + ", " + milliseconds(took));
  return {};
}

result<void> demo::propose_all() {
  title("proposals through different nodes, decided by votes");
  const std::vector<std::vector<std::string>> all{{"score", "add", "5"},
                                                  {"motto", "set", "trust the votes"},
                                                  {"tags", "insert", "blue"},
                                                  {"profile", "put", "name", "Ada"}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (auto done = propose_one(i, all[i]); !done) {
      return done;
    }
  }
  score_ += 5;
  CAUCUS_TRY(const auto told, group_.propose(1 % nodes_, {"score", "add", {"50"}}, {}, 10s));
  if (told.outcome == "applied") {
    return fail(errc::internal, "score add 50 was applied, though a step is at most 10");
  }
  height_ = std::max(height_, told.height);
  good("score add 50 is " + with_.yellow("refused") + ": " + told.detail,
       "at height " + std::to_string(told.height));
  return {};
}

// -- 3: read ---------------------------------------------------------------------------------------

result<json> demo::read_score(std::size_t from, std::uint64_t at_least) {
  control_get what;
  what.variable = "score";
  what.height_min = height{at_least};
  what.timeout = 10s;
  CAUCUS_TRY(const auto text, group_.verified_get(from, network_, what));
  return parse_json(text);
}

result<void> demo::read_verified() {
  title("a read that trusts no node");
  const auto from = std::size_t{2} % nodes_;
  const auto began = clock::now();
  CAUCUS_TRY(const auto got, read_score(from, height_ + 1));
  if ((got)["value"] != score_) {
    return fail(errc::internal,
                "score is " + (got)["value"].dump() + ", not " + std::to_string(score_));
  }
  good("score = " + (got)["value"].dump() + ", proven against the genesis file alone",
       "from node" + std::to_string(from) + ", certified by " + (got)["signers"].dump() + " of "
         + std::to_string(nodes_) + " at height " + (got)["height"].dump() + ", "
         + milliseconds(clock::now() - began));
  return {};
}

// -- 4: crash --------------------------------------------------------------------------------------

/// Steps of a counter, each retried until its outcome is known: so the counter ends at exactly the sum.
result<void> demo::count_load(group_load& load, clock::time_point began) {
  auto all = load.finish(60s);
  if (!all) {
    return fail(all.error().code, "the load met trouble: " + all.error().detail);
  }
  load_.time = clock::now() - began;
  load_.applied = all->size();
  load_.retried = load.retries();
  for (const auto& step : *all) {
    if (step.outcome != "applied") {
      return fail(errc::internal, "the load met trouble: a step was refused: " + step.reason);
    }
  }
  const auto middle = all->begin() + static_cast<std::ptrdiff_t>(all->size() / 2);
  std::nth_element(
    all->begin(), middle, all->end(),
    [](const acknowledged& a, const acknowledged& b) { return a.latency < b.latency; });
  load_.latency_p50 = middle->latency;
  score_ += load_.applied;
  return {};
}

result<void> demo::crash_under_load() {
  const auto victim = nodes_ - 1;
  const auto name = "node" + std::to_string(victim);
  title("kill -9 under load");
  std::vector<std::size_t> through;
  for (std::size_t i = 0; i + 1 < nodes_; ++i) {
    through.push_back(i);
  }
  const auto loaded = clock::now();
  group_load load{[this](std::size_t node) { return group_.directory(node); },
                  {.nodes = through, .clients = callers, .wanted = [](std::size_t, std::uint64_t) {
                     return wanted{"score", "add", {"1"}};
                   }}};
  if (auto going = wait_until("load runs", 10s, [&] { return load.count() >= 200; }); !going) {
    return going;
  }
  group_.kill(victim);
  const auto before = load.count();
  good(name + " killed while " + grouped(before) + " steps of score are in");
  if (auto going =
        wait_until("the others go on", 10s, [&] { return load.count() >= before + 500; });
      !going) {
    return going;
  }
  good("the others went on without it", grouped(load.count() - before) + " more steps");
  CAUCUS_TRY(const auto there, group_.view(0));
  const auto began = clock::now();
  if (auto started = group_.start(victim); !started) {
    return started;
  }
  if (auto caught = wait_until(name + " catches up", 15s,
                               [&] {
                                 const auto mine = group_.view(victim);
                                 return mine && mine->height >= there.height;
                               });
      !caught) {
    return caught;
  }
  catch_up_ = clock::now() - began;
  good(name + " started again and caught up to height " + std::to_string(there.height),
       milliseconds(catch_up_));
  if (auto counted = count_load(load, loaded); !counted) {
    return counted;
  }
  if (auto same = propose_one(victim, {"score", "add", "1"}); !same) {
    return same;
  }
  score_ += 1;
  CAUCUS_TRY(const auto got, read_score(victim, height_ + 1));
  if ((got)["value"] != score_) {
    return fail(errc::internal, "score is " + (got)["value"].dump() + ", but "
                                  + std::to_string(score_) + " steps were acknowledged");
  }
  good("score = " + grouped(score_) + ": every acknowledged step counted once",
       "read from " + name);
  return {};
}

// -- 5: too few ------------------------------------------------------------------------------------

result<void> demo::stop_too_many() {
  const auto members = static_cast<std::uint16_t>(nodes_);
  const std::size_t down = std::size_t{liars_max(members)} + 1;
  title(std::to_string(down) + " of " + std::to_string(nodes_)
        + " nodes stopped: no quorum, so nothing is decided");
  for (std::size_t i = nodes_ - down; i < nodes_; ++i) {
    if (auto stopped = group_.stop(i); !stopped) {
      return stopped;
    }
  }
  const wanted step{"score", "add", {"1"}};
  const auto request = make_request_id();
  const auto told = group_.propose(0, step, request, 1500ms);
  if (told || told.error().code != errc::outcome_unknown) {
    return fail(errc::internal, "a proposal without a quorum was not left open: "
                                  + (told ? told->detail : to_string(told.error())));
  }
  good("score add 1: no receipt", "the proposer is told: unknown, retry with the same request id");
  for (std::size_t i = nodes_ - down; i < nodes_; ++i) {
    if (auto started = group_.start(i); !started) {
      return started;
    }
  }
  const auto began = clock::now();
  const auto again = group_.propose(0, step, request, 15s);
  if (!again || again->outcome != "applied") {
    return fail(errc::internal, "the retry did not go through: "
                                  + (again ? again->detail : to_string(again.error())));
  }
  score_ += 1;
  height_ = std::max(height_, again->height);
  good("they are back, and the same request is applied, once",
       "at height " + std::to_string(again->height) + ", " + milliseconds(clock::now() - began));
  return {};
}

// -- 6: the end ------------------------------------------------------------------------------------

result<void> demo::compare_roots() {
  title("every node's state root at the end");
  std::vector<node_view> seen(nodes_);
  const auto agree = [&] {
    for (std::size_t i = 0; i < nodes_; ++i) {
      const auto one = group_.view(i);
      if (!one) {
        return false;
      }
      seen[i] = *one;
      if (seen[i].root_height < height_ || seen[i].root_height != seen[0].root_height) {
        return false;
      }
    }
    return true;
  };
  if (auto settled = wait_until("all nodes know the same height's root", 15s, agree); !settled) {
    return settled;
  }
  for (std::size_t i = 0; i < nodes_; ++i) {
    if (seen[i].state_root != seen[0].state_root) {
      return fail(errc::internal, "node" + std::to_string(i) + " has another state root");
    }
    good("node" + std::to_string(i) + "  " + seen[i].state_root.substr(0, 32) + "…",
         "height " + std::to_string(seen[i].root_height));
  }
  const auto got = read_score(0, height_ + 1);
  if (!got || (*got)["value"] != score_) {
    return fail(errc::internal, "score is not " + std::to_string(score_) + " at the end");
  }
  return {};
}

result<void> demo::run(const std::filesystem::path& folder) {
  const auto began = clock::now();
  const std::vector<std::function<result<void>()>> steps{
    [&] { return start_all(folder); }, [&] { return propose_all(); },
    [&] { return read_verified(); },   [&] { return crash_under_load(); },
    [&] { return stop_too_many(); },   [&] { return compare_roots(); }};
  for (const auto& step : steps) {
    if (auto done = step(); !done) {
      return done;
    }
    if (interrupted()) {
      return fail(errc::cancelled, "interrupted");
    }
  }
  std::sort(single_.begin(), single_.end());
  title("measured on this machine");
  char rate[64];
  static_cast<void>(std::snprintf(rate, sizeof rate, "%.0f",
                                  static_cast<double>(load_.applied) / load_.time.count()));
  print("  one proposal, alone       " + milliseconds(single_[single_.size() / 2]) + "\n"
        + "  under load                " + rate + " receipts/s, half of them within "
        + milliseconds(load_.latency_p50) + ";\n" + "                            "
        + std::to_string(callers * (nodes_ - 1)) + " callers, " + std::to_string(load_.retried)
        + " retried\n" + "  restart and catch-up      " + milliseconds(catch_up_) + "\n"
        + "  the whole demo            " + milliseconds(clock::now() - began) + "\n");
  return {};
}

int run_demo(const demo_options& given) {
  catch_interrupts();
  auto folder = work_folder::make(given.keep);
  if (!folder) {
    return report(folder.error());
  }
  const auto done = demo{folder->path(), given.nodes}.run(folder->path());
  if (!done && interrupted()) { // whatever the step that it met made of it
    print("\n");
    return report({errc::cancelled, "interrupted; nothing is left running"});
  }
  if (!done) {
    print("\n");
    return report(done.error(), given.keep.empty()
                                  ? "run it with --keep DIR to keep the nodes' logs"
                                  : "the nodes' logs are in " + given.keep + "/node*/node.log");
  }
  const paint with;
  print("\n" + with.green("everything held") + ", nothing is left running"
        + (given.keep.empty() ? "" : "; the files are in " + given.keep) + "\n\n"
        + with.bold("a group of your own") + "\n"
        + "  caucus init net\n"
          "  for i in 0 1 2 3; do caucus node --config net/node$i & done\n"
          "  caucus status --config net/node0 --wait 10 --group\n"
          "  caucus propose --config net/node0 score add 5\n"
          "  caucus get --config net/node1 score --fresh\n"
          "  caucus COMMAND --help says more; `kill %1 %2 %3 %4` ends the nodes\n");
  return number(exit_code::ok);
}

} // namespace

void add_demo(CLI::App& to, action& run) {
  const auto given = std::make_shared<demo_options>();
  auto* const command =
    to.add_subcommand("demo", "show it all on real processes, in under half a minute");
  command->add_option("--nodes", given->nodes, "how many")
    ->check(in_range(4, 16))
    ->capture_default_str();
  command->add_option("--keep", given->keep, "keep the files in this new folder")->type_name("DIR");
  command->footer("Leaves nothing running. Exit code 0 only if everything held. Examples:\n"
                  "  caucus demo\n  caucus demo --nodes 7 --keep demo-files");
  command->callback([given, &run] { run = [given] { return run_demo(*given); }; });
}

} // namespace caucus::cli
