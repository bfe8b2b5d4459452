#include "score_board.hpp"

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <utility>
#include <variant>

namespace {

using namespace std::chrono_literals;

/// Goals are posted as "home Ada"; empty: not one.
std::string team_of(const std::string& goal) {
  const auto team = goal.substr(0, goal.find(' '));
  return team == "home" || team == "guests" ? team : std::string{};
}

std::string text_of(const caucus::argument& what) {
  const auto& raw = std::get<caucus::bytes>(what);
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

} // namespace

// Called again in each life: it knows what the file says, and nothing else.
score_board::score_board(ports its_ports, caucus::context& around, board_setup setup)
    : ports_{std::move(its_ports)}, setup_{std::move(setup)}, names_{*setup_.from},
      line_{around, ports_.heard, ports_.asks}, until_stumble_{7} {
  load();
  line_.subscribe(done_.next(), [this](const caucus::committed_block& block) { hear(block); });
}

bool score_board::step() {
  return line_.step();
}

bool score_board::idle() {
  return line_.idle();
}

void score_board::hear(const caucus::committed_block& block) {
  const auto goals = names_.find("goals");
  auto& open = open_.emplace_back(open_block{block.at, {}, 0});
  for (const auto& one : block.mutations) {
    if (one.what.variable != *goals || one.status != caucus::receipt_status::applied) {
      continue;
    }
    const auto goal = text_of(one.what.arguments.at(0));
    const auto team = team_of(goal);
    if (team.empty()) {
      continue;
    }
    ++open.goals[goal];
    if (one.author == setup_.self) { // each node proposes for its own referee's goals
      propose(team, std::to_string(block.at.value()) + '/' + std::to_string(one.index), open);
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
  for (; !open_.empty() && open_.front().receipts_missing == 0; open_.pop_front()) {
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

void score_board::load() {
  std::ifstream in{setup_.file};
  std::uint64_t height = 0;
  std::uint64_t count = 0;
  if (in >> height) {
    done_ = caucus::height{height};
  }
  for (std::string scorer; in >> count && std::getline(in >> std::ws, scorer);) {
    scorers_[scorer] = count;
  }
}

// Whole or not at all: written beside, then renamed.
void score_board::store() const {
  auto beside = setup_.file;
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
  std::filesystem::rename(beside, setup_.file);
}

// With `--stumble N`: N lives end here, after a goal was heard or a receipt, with all in memory.
void score_board::stumble() {
  if (*setup_.stumbles > 0 && --until_stumble_ == 0) {
    --*setup_.stumbles;
    throw std::runtime_error{"stumbled"};
  }
}
