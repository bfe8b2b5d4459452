#include "test/system/history_run.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace caucus::harness {

namespace {

constexpr std::size_t told_max = 10;

using place = std::pair<std::uint64_t, std::uint64_t>; ///< height, index

class judge {
public:
  explicit judge(const history_result& of) : of_{of} {
    for (const auto& one : of.committed.entries) {
      if (one.what.variable == "cells" && one.what.mutation == "put") {
        const place at{one.height, one.index};
        places_[one.what.arguments.at(1)].push_back(at);
        if (one.status == "applied") {
          states_[one.what.arguments.at(0)][at] = one.what.arguments.at(1);
        }
      }
    }
  }

  std::string run() {
    for (const auto& one : of_.all) {
      one.what.is_write ? write(one) : read(one);
    }
    strangers();
    order();
    registers();
    return std::move(out_);
  }

private:
  void wrong(const std::string& what) {
    if (++count_ <= told_max) {
      out_ += what + '\n';
    }
  }
  static std::string name(const done& one) {
    return std::string{one.what.is_write ? "the write of " : "the read of "} + one.key + " "
           + one.what.value.value_or("(absent)") + " through node " + std::to_string(one.node);
  }

  /// Every receipt is in the ledger at its place, exactly once; what was not taken is nowhere.
  void write(const done& one) {
    const auto found = places_.find(*one.what.value);
    const auto times = found == places_.end() ? 0 : found->second.size();
    const bool known = one.outcome == "applied" || one.outcome == "refused";
    if (known
        && (times != 1
            || std::find(found->second.begin(), found->second.end(), place{one.height, one.index})
                 == found->second.end())) {
      wrong(name(one) + " has a receipt for height " + std::to_string(one.height) + ", index "
            + std::to_string(one.index) + ", and stands in the ledger " + std::to_string(times)
            + " times" + (times == 0 ? "" : ", elsewhere"));
    }
    if (!known && times > 1) {
      wrong(name(one) + " stands in the ledger " + std::to_string(times) + " times");
    }
    if (!known && one.outcome == "busy" && times > 0) {
      wrong(name(one) + " was not taken, its user was told, and stands in the ledger");
    }
    names_.insert(*one.what.value);
  }

  /// What is read is what the ledger had led to at the answer's height.
  void read(const done& one) {
    if (!one.what.end) {
      return;
    }
    std::optional<std::string> wanted;
    if (const auto key = states_.find(one.key); key != states_.end()) {
      const auto later = key->second.lower_bound(place{one.height, 0});
      if (later != key->second.begin()) {
        wanted = std::prev(later)->second;
      }
    }
    if (wanted != one.what.value) {
      wrong(name(one) + " at height " + std::to_string(one.height) + ", where the ledger has "
            + wanted.value_or("(absent)"));
    }
  }

  void strangers() {
    for (const auto& [value, where] : places_) {
      if (!names_.contains(value)) {
        wrong(value + " stands in the ledger, and nobody wrote it");
      }
    }
  }

  /// What ended before another began is before it in the ledger; a read shows all that was acknowledged
  /// and all that was read before it began.
  void order() {
    std::vector<const done*> begun;
    std::vector<const done*> ended;
    for (const auto& one : of_.all) {
      const bool counts =
        one.what.end
        && (!one.what.is_write || one.outcome == "applied" || one.outcome == "refused");
      if (counts) {
        begun.push_back(&one);
        ended.push_back(&one);
      }
    }
    std::sort(begun.begin(), begun.end(),
              [](const auto* a, const auto* b) { return a->what.begin < b->what.begin; });
    std::sort(ended.begin(), ended.end(),
              [](const auto* a, const auto* b) { return *a->what.end < *b->what.end; });
    place newest{0, 0};      // of the writes that have ended
    std::uint64_t shown = 0; // header's height of the reads that have ended
    auto next = ended.begin();
    for (const auto* const one : begun) {
      for (; next != ended.end() && *(*next)->what.end < one->what.begin; ++next) {
        if ((*next)->what.is_write) {
          newest = std::max(newest, {(*next)->height, (*next)->index});
        } else {
          shown = std::max(shown, (*next)->height);
        }
      }
      if (one->what.is_write) {
        const place at{one->height, one->index};
        if (newest.first != 0 && at <= newest) {
          wrong(name(*one) + " is before what was acknowledged when it was asked for");
        }
        if (shown != 0 && one->height < shown) {
          wrong(name(*one) + " is in a block that was read before it was asked for");
        }
      } else if (one->height <= newest.first || one->height < shown) {
        wrong(name(*one) + " shows height " + std::to_string(one->height)
              + "; before it began, height " + std::to_string(newest.first)
              + " was acknowledged and " + std::to_string(shown) + " was read");
      }
    }
  }

  /// And the same from what users saw alone. What nobody was told of counts if it is in the ledger.
  void registers() {
    std::map<std::string, std::vector<operation>> keys;
    for (const auto& one : of_.all) {
      const bool happened = !one.what.is_write || one.outcome == "applied"
                            || (one.outcome != "refused" && places_.contains(*one.what.value));
      if (!happened || (!one.what.is_write && !one.what.end)) {
        continue;
      }
      auto what = one.what;
      what.who = "node " + std::to_string(one.node) + ", " + std::to_string(one.height);
      if (what.is_write && one.outcome != "applied") {
        what.end.reset();
      }
      keys[one.key].push_back(std::move(what));
    }
    for (const auto& [key, what] : keys) {
      if (const auto said = check_register(what); !said.empty()) {
        wrong("key " + key + ": " + said);
      }
    }
  }

  const history_result& of_;
  std::map<std::string, std::vector<place>> places_;           ///< by value; each is written once
  std::map<std::string, std::map<place, std::string>> states_; ///< by key
  std::set<std::string> names_;
  std::string out_;
  std::size_t count_ = 0;
};

} // namespace

std::string check_history(const history_result& of) {
  return judge{of}.run();
}

std::string summary(const history_result& of) {
  std::size_t writes = 0;
  std::size_t receipts = 0;
  std::size_t reads = 0;
  std::size_t answers = 0;
  std::set<std::string> keys;
  for (const auto& one : of.all) {
    keys.insert(one.key);
    if (one.what.is_write) {
      ++writes;
      receipts += one.what.end ? 1 : 0;
    } else {
      ++reads;
      answers += one.what.end ? 1 : 0;
    }
  }
  auto out = std::to_string(writes) + " writes (" + std::to_string(receipts) + " receipts), "
             + std::to_string(reads) + " fresh reads (" + std::to_string(answers) + " answers), "
             + std::to_string(keys.size()) + " keys, " + std::to_string(of.committed.entries.size())
             + " in the ledger";
  for (const auto& [name, count] : of.faults) {
    out += "; " + std::to_string(count) + " " + name;
  }
  return out;
}

} // namespace caucus::harness
