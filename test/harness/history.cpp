#include "test/harness/history.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

namespace caucus::harness {

namespace {

/// Operations that a message shows.
constexpr std::size_t told_max = 24;
constexpr std::size_t none = ~std::size_t{0};

/// A beginning or an end, in a list by time from which what happened is lifted.
struct entry {
  std::size_t of = 0; ///< the operation
  bool is_end = false;
  std::size_t before = none;
  std::size_t after = none;
  std::size_t match = none; ///< of a beginning: its end, if it has one
};

class search {
public:
  search(const std::vector<operation>& history, std::size_t states_max)
      : history_{history}, states_max_{states_max}, done_((history.size() + 7) / 8, '\0') {
    number_values();
    make_list();
  }

  /// Empty: yes.
  std::string run();

private:
  void number_values();
  void make_list();
  void unlink(std::size_t at);
  void link(std::size_t at);
  /// Takes the operation at this beginning as the next one. False: it cannot be, or was tried.
  bool take(std::size_t at);
  /// Gives the last write up, with the reads after it; the beginning after it is next. False: none was
  /// taken.
  bool give_up(std::size_t& at);
  /// The beginning of one.
  [[nodiscard]] bool is_write(std::size_t at) const {
    return !list_[at].is_end && history_[list_[at].of].is_write;
  }
  /// The beginning of a read that may be next; none: there is no such.
  [[nodiscard]] std::size_t read_of_now() const;
  /// A read waits for the value of now, which is never written again: no write can be next.
  [[nodiscard]] bool is_wanted() const { return reads_left_[state_] > 0 && origins_[state_] <= 1; }
  [[nodiscard]] std::string explain(std::size_t stuck) const;

  const std::vector<operation>& history_;
  std::size_t states_max_;
  std::vector<std::size_t> values_;     ///< by operation; 0: absent
  std::vector<std::size_t> reads_left_; ///< by value: with an end, in the list
  std::vector<std::size_t> origins_;    ///< by value: writes of it, and the beginning for absence
  std::vector<entry> list_;             ///< the last one is the head
  std::size_t head_ = 0;
  std::size_t ends_left_ = 0; ///< in the list
  std::size_t state_ = 0;
  std::string done_;                                      ///< a bit each: it has happened
  std::vector<std::pair<std::size_t, std::size_t>> path_; ///< beginnings taken; the state before
  std::unordered_set<std::string> tried_;
  std::size_t longest_ = 0;
};

void search::number_values() {
  std::map<std::string, std::size_t> known;
  for (const auto& one : history_) {
    values_.push_back(one.value ? known.try_emplace(*one.value, known.size() + 1).first->second
                                : 0);
  }
  reads_left_.resize(known.size() + 1);
  origins_.resize(known.size() + 1);
  origins_[0] = 1;
  for (std::size_t i = 0; i < history_.size(); ++i) {
    reads_left_[values_[i]] += !history_[i].is_write && history_[i].end ? 1 : 0;
    origins_[values_[i]] += history_[i].is_write ? 1 : 0;
  }
}

void search::make_list() {
  struct moment {
    std::int64_t when;
    bool is_end;
    std::size_t of;
  };
  std::vector<moment> all;
  for (std::size_t i = 0; i < history_.size(); ++i) {
    const auto& one = history_[i];
    if (!one.end && (!one.is_write || reads_left_[values_[i]] == 0)) {
      continue; // it says nothing, or may as well never have happened
    }
    all.push_back({one.begin, false, i});
    if (one.end) {
      all.push_back({*one.end, true, i});
    }
  }
  // At one time what begins comes first: then the two overlap, which is the weaker claim.
  std::stable_sort(all.begin(), all.end(), [](const moment& a, const moment& b) {
    return std::pair{a.when, a.is_end} < std::pair{b.when, b.is_end};
  });
  head_ = all.size();
  list_.resize(all.size() + 1);
  std::vector<std::size_t> begun(history_.size(), none);
  auto last = head_;
  for (std::size_t i = 0; i < all.size(); ++i) {
    list_[i].of = all[i].of;
    list_[i].is_end = all[i].is_end;
    list_[i].before = last;
    list_[last].after = i;
    last = i;
    if (all[i].is_end) {
      list_[begun[all[i].of]].match = i;
      ++ends_left_;
    } else {
      begun[all[i].of] = i;
    }
  }
}

void search::unlink(std::size_t at) {
  auto& one = list_[at];
  list_[one.before].after = one.after;
  if (one.after != none) {
    list_[one.after].before = one.before;
  }
}

void search::link(std::size_t at) {
  auto& one = list_[at];
  list_[one.before].after = at;
  if (one.after != none) {
    list_[one.after].before = at;
  }
}

bool search::take(std::size_t at) {
  const auto of = list_[at].of;
  if (is_write(at) ? is_wanted() : values_[of] != state_) {
    return false;
  }
  const auto next = history_[of].is_write ? values_[of] : state_;
  const auto bit = static_cast<char>(1U << (of % 8U));
  done_[of / 8] = static_cast<char>(done_[of / 8] | bit);
  auto key = done_;
  key.append(reinterpret_cast<const char*>(&next), sizeof next);
  if (!tried_.insert(std::move(key)).second) {
    done_[of / 8] = static_cast<char>(done_[of / 8] & ~bit);
    return false;
  }
  path_.emplace_back(at, state_);
  state_ = next;
  reads_left_[next] -= history_[of].is_write ? 0 : 1;
  unlink(at);
  if (list_[at].match != none) {
    unlink(list_[at].match);
    --ends_left_;
  }
  longest_ = std::max(longest_, path_.size());
  return true;
}

std::size_t search::read_of_now() const {
  for (auto at = list_[head_].after; at != none && !list_[at].is_end; at = list_[at].after) {
    if (!history_[list_[at].of].is_write && values_[list_[at].of] == state_) {
      return at;
    }
  }
  return none;
}

bool search::give_up(std::size_t& at) {
  while (!path_.empty()) {
    const auto [last, before] = path_.back();
    path_.pop_back();
    const auto of = list_[last].of;
    done_[of / 8] = static_cast<char>(done_[of / 8] & ~static_cast<char>(1U << (of % 8U)));
    reads_left_[state_] += history_[of].is_write ? 0 : 1;
    state_ = before;
    if (list_[last].match != none) {
      link(list_[last].match);
      ++ends_left_;
    }
    link(last);
    at = list_[last].after;
    if (history_[of]
          .is_write) { // a read that could be next changes nothing: without it nothing is gained
      return true;
    }
  }
  return false;
}

std::string search::run() {
  std::size_t furthest = none; // the end that most of what came before could not get past
  std::size_t furthest_taken = 0;
  auto at = list_[head_].after;
  while (ends_left_ > 0) {
    if (tried_.size() > states_max_) {
      return "not decided: more than " + std::to_string(states_max_)
             + " ways were tried, too many operations overlap\n" + explain(furthest);
    }
    const auto read = at == list_[head_].after ? read_of_now() : none;
    if (read != none ? take(read) : is_write(at) && take(at)) {
      at = list_[head_].after;
      continue;
    }
    if (read == none && !list_[at].is_end) {
      at = list_[at].after;
      continue;
    }
    if (list_[at].is_end && (furthest == none || path_.size() >= furthest_taken)) {
      furthest = at;
      furthest_taken = path_.size();
    }
    if (!give_up(at)) {
      return "not linearizable\n" + explain(furthest);
    }
  }
  return {};
}

std::string search::explain(std::size_t stuck) const {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < history_.size(); ++i) {
    order.push_back(i);
  }
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return history_[a].begin < history_[b].begin; });
  const auto culprit = stuck == none ? none : list_[stuck].of;
  const auto place =
    static_cast<std::size_t>(std::find(order.begin(), order.end(), culprit) - order.begin());
  const auto first = place > told_max / 2 ? place - told_max / 2 : 0;
  std::string out = "of " + std::to_string(history_.size())
                    + " operations, around the one that no "
                      "order had room for (*):\n";
  for (auto i = first; i < std::min(order.size(), first + told_max); ++i) {
    const auto& one = history_[order[i]];
    out += std::string{order[i] == culprit ? "* " : "  "} + std::to_string(one.begin) + " .. "
           + (one.end ? std::to_string(*one.end) : "?") + (one.is_write ? " writes " : " reads ")
           + one.value.value_or("(absent)") + (one.who.empty() ? "" : "  " + one.who) + '\n';
  }
  return out;
}

} // namespace

std::string check_register(const std::vector<operation>& history, std::size_t states_max) {
  return search{history, states_max}.run();
}

} // namespace caucus::harness
