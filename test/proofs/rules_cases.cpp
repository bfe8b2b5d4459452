#include "actors/notary/group_entries.hpp"
#include "actors/notary/proof_json.hpp"
#include "messages/group.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/text.hpp"
#include "runtime/variables/catalog.hpp"
#include "runtime/variables/variable_kinds.hpp"
#include "test/proofs/maker.hpp"

#include <functional>
#include <string>
#include <utility>

/// Answers of a group that has changed its variables, true and forged.

namespace caucus::testing {

namespace {

/// `score` may be more, `news` is new, `wide` is gone.
struct lawful_group {
  known_group of = plain_group(); ///< whose names are the new ones
  genesis first = of.from;        ///< as all verifiers have it

  lawful_group() {
    auto& all = of.from.variables;
    variable_declaration news;
    news.name = "news";
    news.kind = kind_named("map");
    news.key_size = 12;
    all.push_back(news);
    all[of.id_of("score").value() - 1U].max = 1'000;
    of.tree.widen(all.size() + 1);
    of.put("score", "", stored_number(500));
    of.fill("news", {{"today", "sun"}, {"tomorrow", "rain"}});
    const auto wide = of.id_of("wide");
    of.tree.clear(wide);
    for (const auto* const name : {"score", "news", "wide"}) {
      const auto id = of.id_of(name);
      const auto key = declared_key(id);
      of.tree.put(path_of_group(key), as_bytes(key),
                  encode(declared_variable{all[id.value() - 1U], id == wide}));
    }
    of.seal(70);
  }
  [[nodiscard]] proven_declaration declared(std::string_view name) const {
    const auto id = of.id_of(name);
    const auto path = path_of_group(declared_key(id));
    const auto raw = *of.tree.get(path);
    return {id, {raw.begin(), raw.end()}, of.tree.prove(path).value()};
  }
  /// With how it is declared.
  [[nodiscard]] answer shown(answer what) const {
    what.declared = declared(what.variable);
    return what;
  }
  [[nodiscard]] std::string text(const answer& what) const { return answer_json(first, what); }
};

void add_true(const lawful_group& at, std::vector<proof_case>& to) {
  const auto holds = [&](const std::string& name, const std::string& claim, const answer& what) {
    to.push_back({"rules_" + name, at.of.genesis_name, "", "", claim, at.text(what)});
  };
  holds("new_one", "a variable that the genesis does not have",
        at.shown(at.of.one("news", "today")));
  holds("new_absent", "a key that it does not have", at.shown(at.of.one("news", "never")));
  holds("new_whole", "all of it", at.shown(at.of.all("news")));
  holds("wider", "a value that is more than the genesis lets it be", at.shown(at.of.one("score")));
  holds("unchanged", "one that is as the genesis has it", at.of.one("motto"));
}

void add_forged(const lawful_group& at, std::vector<proof_case>& to) {
  const auto forged = [&](const std::string& name, const std::string& reason, const char* code,
                          const answer& what) {
    to.push_back({"rules_" + name, at.of.genesis_name, "", code, reason, at.text(what)});
  };
  const auto altered = [&](const std::string& name, const std::string& reason,
                           const std::function<void(answer&)>& how) {
    auto what = at.shown(at.of.one("news", "today"));
    how(what);
    forged(name, reason, "bad_proof", what);
  };
  forged("not_shown", "the genesis does not have it, and it is not shown", "unknown_variable",
         at.of.one("news", "today"));
  forged("wider_not_shown", "more than the genesis lets it be", "bad_proof", at.of.one("score"));
  forged("removed", "it is gone, as is shown", "bad_proof", at.shown(at.of.one("wide")));
  altered("of_another", "another variable's name",
          [&](answer& what) { what.declared = at.declared("score"); });
  altered("another_number", "of another number than its key",
          [&](answer& what) { what.declared->id = at.of.id_of("score"); });
  altered("bytes", "other bytes than are proven",
          [](answer& what) { what.declared->declared.back() ^= std::byte{1}; });
  altered("proof", "the way to the root is another",
          [](answer& what) { what.declared->proof.siblings.front().raw[0] ^= std::byte{1}; });
}

} // namespace

void add_rules(std::vector<proof_case>& to) {
  const lawful_group at;
  add_true(at, to);
  add_forged(at, to);
}

} // namespace caucus::testing
