#include "test/sim/group/sim_rules.hpp"

#include "runtime/archive/codec.hpp"
#include "test/sim/group/member_key.hpp"
#include "test/sim/sim_network.hpp"

#include <charconv>

namespace caucus::sim {

namespace {

constexpr std::int64_t score_max = 300; ///< so that steps are refused now and then
constexpr operation_id first_operation{0};

/// What a number's mutation does; also its variable's place in the genesis, from 1.
enum class deed : std::uint8_t { add = 1, put = 2, insert = 3, post = 4 };

deed deed_of(std::uint64_t number) {
  return static_cast<deed>(1 + number % 4);
}

std::int64_t step_of(std::uint64_t number) {
  const auto size = static_cast<std::int64_t>(number);
  return number % 8 < 4 ? size : -size;
}

bytes in_bytes(const std::string& text) {
  const auto raw = as_bytes(text);
  return {raw.begin(), raw.end()};
}

variable_declaration declared(const char* name, variable_kind kind, writers who) {
  variable_declaration out;
  out.name = name;
  out.kind = kind;
  out.writers = who;
  return out;
}

} // namespace

genesis sim_genesis(std::size_t members, const std::optional<quotas>& limits) {
  genesis out;
  out.name = "simulation";
  out.time = genesis_time;
  out.group = the_group;
  out.limits = limits;
  for (std::size_t i = 0; i < members; ++i) {
    out.members.push_back({peer_of(i), "m" + std::to_string(i), sim_network::address_of(i)});
  }
  auto score = declared("score", variable_kind::counter, writers::members);
  score.min = 0;
  score.max = score_max;
  out.variables = {score, declared("notes", variable_kind::map, writers::anyone),
                   declared("tags", variable_kind::set, writers::anyone),
                   declared("log", variable_kind::opaque, writers::anyone)};
  return out;
}

variable_declaration board() {
  auto out = declared("board", variable_kind::custom, writers::anyone);
  out.operations = {{"mark", {argument_kind::byte_string}}};
  return out;
}

rules first_code() {
  return rules{"sim", 1}.on("board", "mark", [](state_edit& board, const call& by) {
    board.put(by.arguments[0].text(), "1");
    return permit();
  });
}

rules both_codes() {
  return rules{"sim", 2}
    .on("board", "mark",
        [](state_edit& board, const call& by) -> result<void> {
          if (by.arguments[0].text().size() > 2) {
            return refuse("too long");
          }
          board.put(by.arguments[0].text(), "2");
          return permit();
        })
    .on_change([](state_migration& state) -> result<void> {
      if (state.number("board").value_or(0) % 3 == 2) {
        return refuse("not with so many");
      }
      state.each("board", [&state](std::string_view key, std::string_view value) {
        key.size() > 2 ? state.erase("board", key)
                       : state.put("board", key, std::string{value} + "m");
        return true;
      });
      return permit();
    })
    .after(first_code());
}

bytes mutation_of(std::uint64_t number) {
  const auto kind = deed_of(number);
  mutation out{variable_id{static_cast<variable_id::number>(kind)}, first_operation, {}};
  if (kind == deed::add) {
    out.arguments.emplace_back(step_of(number));
  } else {
    out.arguments.emplace_back(in_bytes(std::to_string(number)));
  }
  if (kind == deed::put) {
    out.arguments.emplace_back(in_bytes("noted"));
  }
  return encode(out);
}

std::optional<std::uint64_t> number_of(const mutation& what) {
  if (what.arguments.empty()) {
    return std::nullopt;
  }
  std::uint64_t out = 0;
  if (const auto* const step = std::get_if<std::int64_t>(&what.arguments[0])) {
    out = static_cast<std::uint64_t>(*step < 0 ? -*step : *step);
  } else {
    const auto& text = std::get<bytes>(what.arguments[0]);
    const auto* const begin = reinterpret_cast<const char*>(text.data());
    std::from_chars(begin, begin + text.size(), out);
  }
  return out;
}

std::optional<std::string> note_of(std::uint64_t number) {
  return deed_of(number) == deed::put ? std::optional{std::to_string(number)} : std::nullopt;
}

errc sim_model::apply(std::uint64_t number, bool by_member) {
  switch (deed_of(number)) {
    case deed::add: {
      const auto sum = scores_.back().value_or(0) + step_of(number);
      if (!by_member || sum < 0 || sum > score_max) {
        return by_member ? errc::out_of_bounds : errc::not_a_writer;
      }
      scores_.back() = sum;
      break;
    }
    case deed::put: notes_.emplace(number, scores_.size() - 1); break;
    case deed::insert: ++tag_counts_.back(); break;
    case deed::post: break;
  }
  return {};
}

bool sim_model::has_note(std::uint64_t number, std::size_t at) const {
  const auto found = notes_.find(number);
  return found != notes_.end() && found->second <= at;
}

} // namespace caucus::sim
