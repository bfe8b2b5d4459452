#include "apps/caucus/bench.hpp"
#include "apps/caucus/bench_report.hpp"
#include "apps/caucus/option_checks.hpp"
#include "apps/caucus/output.hpp"
#include "apps/group/interrupts.hpp"
#include "apps/measure/mailbox_run.hpp"
#include "messages/try.hpp"

#include <CLI/CLI.hpp>

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

/// `caucus bench mailbox`: items from a foreign thread into an actor, through an edge and as CAF does.

namespace caucus::cli {

namespace {

using seconds = std::chrono::duration<double>;

struct mailbox_options {
  std::size_t capacity = 65'536;
  double seconds = 1;
  unsigned runs = 5;
  bool as_json = false;
};

/// Between two looks at the clock, when all that was sent is waited for: some 50 ms of either way, of which a
/// full ring that empties with nobody pushing takes little.
constexpr std::uint64_t edge_items = 2'000'000;
constexpr std::uint64_t plain_items = 150'000;

/// Items a second. Error: cancelled.
template <class Send>
result<double> rate_of(const Send& send, std::uint64_t at_once, double time) {
  send(at_once); // threads are awake, memory is touched
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t sent = 0;
  seconds took{0};
  do {
    if (interrupted()) {
      return fail(errc::cancelled, "interrupted");
    }
    send(at_once);
    sent += at_once;
    took = std::chrono::steady_clock::now() - began;
  } while (took.count() < time);
  return static_cast<double>(sent) / took.count();
}

/// One after the other, so that neither takes the cores from the other.
result<void> run_once(const mailbox_options& given, bench_report& to) {
  double plain_rate = 0;
  {
    measure::plain_to_actor plain;
    const auto got =
      rate_of([&plain](auto count) { plain.send(count); }, plain_items, given.seconds);
    if (!got) {
      return tl::make_unexpected(got.error());
    }
    plain_rate = *got;
  }
  auto edge = measure::edge_to_actor::start(given.capacity);
  if (!edge) {
    return tl::make_unexpected(edge.error());
  }
  const auto single =
    rate_of([&edge](auto count) { edge->send(count); }, edge_items, given.seconds);
  if (!single) {
    return tl::make_unexpected(single.error());
  }
  const auto burst =
    rate_of([&edge](auto count) { edge->send_in_bursts(count); }, edge_items, given.seconds);
  if (!burst) {
    return tl::make_unexpected(burst.error());
  }
  to.add("items_per_s", *burst);
  to.add("single_items_per_s", *single);
  to.add("anon_send_per_s", plain_rate);
  to.add("over_anon_send", *burst / plain_rate);
  to.add("single_over_anon_send", *single / plain_rate);
  return {};
}

result<bench_report> run_all(const mailbox_options& given) {
  bench_report out;
  const progress_line progress;
  for (unsigned i = 0; i < given.runs; ++i) {
    progress.say("mailbox, " + run_of(i, given.runs));
    CAUCUS_TRY_VOID(run_once(given, out));
  }
  return out;
}

int bench_mailbox(const mailbox_options& given) {
  catch_interrupts();
  auto out = run_all(given);
  if (!out) {
    return report(out.error());
  }
  out->set("capacity", std::uint64_t{given.capacity});
  out->set("item_size", std::uint64_t{32});
  out->set("seconds", given.seconds);
  out->set("runs", std::uint64_t{given.runs});
  print(given.as_json ? out->json() : out->text());
  return number(exit_code::ok);
}

std::string judge_capacity(const std::string& text) {
  const auto wrong = in_range(2, 1'048'576)(text);
  return !wrong.empty() || std::has_single_bit(std::stoull(text)) ? wrong : "is not a power of two";
}

} // namespace

void add_bench_mailbox(CLI::App& to, action& run) {
  const auto given = std::make_shared<mailbox_options>();
  auto* const mailbox =
    to.add_subcommand("mailbox", "items of 32 bytes from a foreign thread into an actor");
  mailbox->add_option("--capacity", given->capacity, "slots of the edge, a power of two")
    ->check(CLI::Validator{judge_capacity, "", "power of two"})
    ->capture_default_str();
  mailbox->add_option("--seconds", given->seconds, "measured, of each way")
    ->check(in_range(0.001, 600.0))
    ->capture_default_str();
  add_runs_option(*mailbox, given->runs);
  mailbox->add_flag("--json", given->as_json, "print JSON");
  mailbox->footer(
    "over_anon_send compares with CAF's own mailbox in the same run: it holds on any "
    "machine, where items_per_s holds for this one alone. The bell is rung once for 64 items, "
    "as who has many does; single_: once for each. Example:\n"
    "  caucus bench mailbox --capacity 65536 --json");
  mailbox->callback([given, &run] { run = [given] { return bench_mailbox(*given); }; });
}

} // namespace caucus::cli
