#include "score_board.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

namespace {

using namespace std::chrono_literals;

/// Of this process, in all lives.
std::atomic<std::uint32_t> stumbles{0};

/// Goals are posted as "home Ada"; empty: not one. Anybody who may post may post anything, and a scorer
/// is a line of the file: so none has a control character, a new line least of all.
std::string team_of(const std::string& goal) {
  const auto is_control = [](unsigned char one) { return one < ' ' || one == 0x7f; };
  if (std::any_of(goal.begin(), goal.end(), is_control)) {
    return {};
  }
  const auto team = goal.substr(0, goal.find(' '));
  return team == "home" || team == "guests" ? team : std::string{};
}

/// Digits and nothing else; nothing: not a number.
std::optional<std::uint64_t> number_in(const std::string& text) {
  std::uint64_t out = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out);
  return read.ec == std::errc{} && read.ptr == end ? std::optional{out} : std::nullopt;
}

std::string text_of(const caucus::argument& what) {
  const auto& raw = std::get<caucus::bytes>(what);
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

} // namespace

// Called again in each life: it knows what the file says, and nothing else.
score_board::score_board(ports its_ports, caucus::context& around, setup of)
    : ports_{std::move(its_ports)}, setup_{std::move(of)},
      file_{setup_.directory / "score_board.txt"}, names_{*setup_.genesis},
      line_{around, ports_.heard, ports_.asks}, turns_{around}, until_stumble_{7} {
  turns_.runs(line_);
  load();
  line_.subscribe(done_.next(), [this](const caucus::committed_block& block) { hear(block); });
}

void score_board::hear(const caucus::committed_block& block) {
  const auto goals = names_.find("goals");
  if (open_.empty() || open_.back().at != block.height) { // else another part of the same
    open_.push_back({block.height, {}, 0, false});
  }
  auto& open = open_.back();
  open.whole = !block.more;
  for (const auto& one : block.mutations) {
    if (one.mutation.variable != *goals || one.status != caucus::receipt_status::applied) {
      continue;
    }
    const auto goal = text_of(one.mutation.arguments.at(0));
    const auto team = team_of(goal);
    if (team.empty()) {
      continue;
    }
    ++open.goals[goal];
    if (one.author == setup_.self) { // each node proposes for its own referee's goals
      propose(team, std::to_string(block.height.value()) + '/' + std::to_string(one.index), open);
    }
  }
  stumble();
  close_blocks();
}

// `cause` names the goal, in this life and in any other: so the id does.
void score_board::propose(const std::string& team, const std::string& cause, open_block& of) {
  caucus::mutation point;
  point.variable = *names_.find(team);
  point.arguments = {std::int64_t{1}};
  const auto asked = line_.propose(
    point, "goal/" + cause, 60s, [this, &of](const caucus::result<caucus::receipt>& how) {
      if (!how) { // it may be applied or not: the next life asks again and hears which
        throw std::runtime_error{"no receipt: " + caucus::to_string(how.error())};
      }
      stumble();
      --of.receipts_missing;
      close_blocks();
    });
  if (!asked) {
    throw std::runtime_error{"cannot propose: " + caucus::to_string(asked.error())};
  }
  ++of.receipts_missing;
}

void score_board::close_blocks() {
  bool any = false;
  for (; !open_.empty() && open_.front().whole && open_.front().receipts_missing == 0;
       open_.pop_front()) {
    for (const auto& [scorer, count] : open_.front().goals) {
      scorers_[scorer] += count;
    }
    done_ = open_.front().at;
    any = true;
  }
  if (any) {
    store();
  }
}

// A file that we did not write so is not guessed at: what it leaves out would be gone for good.
void score_board::load() {
  if (!std::filesystem::exists(file_)) {
    return;
  }
  std::ifstream in{file_};
  std::string line;
  std::size_t number = 1;
  const auto must = [&](bool holds) {
    if (!holds) {
      throw std::runtime_error{file_.string() + " is damaged, line " + std::to_string(number)};
    }
  };
  must(static_cast<bool>(std::getline(in, line)));
  const auto height = number_in(line);
  must(height.has_value());
  for (++number; std::getline(in, line); ++number) {
    const auto space = std::min(line.find(' '), line.size() - 1);
    const auto count = number_in(line.substr(0, space));
    const auto scorer = line.substr(space + 1);
    must(count && !team_of(scorer).empty() && scorers_.emplace(scorer, *count).second);
  }
  must(in.eof());
  done_ = caucus::height{*height};
}

// Whole or not at all: written beside, then renamed.
void score_board::store() const {
  auto beside = file_;
  beside += ".new";
  std::ofstream out{beside, std::ios::trunc};
  out << done_.value() << '\n';
  for (const auto& [scorer, count] : scorers_) {
    out << count << ' ' << scorer << '\n';
  }
  out.close();
  if (!out) {
    throw std::runtime_error{"cannot write " + beside.string()};
  }
  std::filesystem::rename(beside, file_);
}

// With `--stumble N`: N lives end here, after a goal was heard or a receipt, with all in memory.
void score_board::stumble() {
  if (stumbles < setup_.keys.now().stumble && --until_stumble_ == 0) {
    ++stumbles;
    throw std::runtime_error{"stumbled"};
  }
}
