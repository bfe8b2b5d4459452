#include "actors/notary/executor.hpp"
#include "actors/notary/merkle.hpp"
#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace caucus;
using namespace caucus::testing;

// A proof shows one value of one key, or that it is absent, under one root, and nothing else; a block's
// receipts and what the application hears are those of its mutations, one by one.

namespace {

constexpr variable_id first_variable{1};

bytes_view view_of(const std::string& text) {
  return as_bytes(text);
}

/// Keys "0" to "39" of variable 1, each with its own name for a value.
struct forty_keys {
  state_tree tree{3};
  digest root;

  forty_keys() {
    for (int i = 0; i < 40; ++i) {
      const auto key = std::to_string(i);
      tree.put(path_of(first_variable, view_of(key)), view_of(key), view_of(key));
    }
    root = tree.root();
  }
  [[nodiscard]] state_proof proof(const std::string& key) const {
    return tree.prove(path_of(first_variable, view_of(key))).value();
  }
  [[nodiscard]] bool shows(const std::string& key, const std::optional<std::string>& value,
                           const state_proof& by, variable_id variable = first_variable) const {
    return check_proof(root, variable, view_of(key),
                       value ? std::optional{view_of(*value)} : std::nullopt, by);
  }
};

} // namespace

TEST_CASE("the proof of a key shows its value, and no other, nor that it is absent") {
  const forty_keys all;
  for (int i = 0; i < 40; ++i) {
    const auto key = std::to_string(i);
    INFO(key);
    const auto good = all.proof(key);
    CHECK(all.shows(key, key, good));
    CHECK_FALSE(all.shows(key, "forged", good));
    CHECK_FALSE(all.shows(key, "", good));
    CHECK_FALSE(all.shows(key, std::nullopt, good));
    CHECK_FALSE(all.shows(std::to_string((i + 1) % 40), key, good));
    CHECK_FALSE(all.shows(key, key, good, variable_id{2}));
    CHECK_FALSE(check_proof(digest{}, first_variable, view_of(key), view_of(key), good));
  }
}

TEST_CASE("the proof that a key is absent, beside another or in an empty place, shows no value") {
  const forty_keys all;
  bool beside = false;
  bool empty = false;
  for (int i = 40; i < 400; ++i) {
    const auto key = std::to_string(i);
    INFO(key);
    const auto good = all.proof(key);
    (good.leaf ? beside : empty) = true;
    CHECK(all.shows(key, std::nullopt, good));
    CHECK_FALSE(all.shows(key, "forged", good));
    CHECK_FALSE(all.shows(key, "", good));
    CHECK_FALSE(all.shows("0", std::nullopt, good));
  }
  CHECK(beside);
  CHECK(empty);
  INFO("in a state without entries every key is absent, and none has a value");
  state_tree none{3};
  const auto root = none.root();
  const auto proof = none.prove(path_of(first_variable, view_of("a"))).value();
  CHECK(check_proof(root, first_variable, view_of("a"), std::nullopt, proof));
  CHECK_FALSE(check_proof(root, first_variable, view_of("a"), view_of("forged"), proof));
}

TEST_CASE("a proof that is changed in anything shows nothing") {
  const forty_keys all;
  for (const auto* const key : {"0", "7", "39", "40", "41", "77"}) {
    INFO(key);
    const auto good = all.proof(key);
    const auto value =
      std::stoi(key) < 40 ? std::optional<std::string>{key} : std::optional<std::string>{};
    REQUIRE(all.shows(key, value, good));
    const auto fails = [&](auto&& change) {
      auto bad = good;
      change(bad);
      return !all.shows(key, value, bad);
    };
    CHECK(fails([](state_proof& of) { ++of.depth; }));
    CHECK(fails([](state_proof& of) { --of.depth; }));
    CHECK(fails([](state_proof& of) { of.depth = 255; }));
    CHECK(fails([](state_proof& of) { of.siblings.push_back(of.siblings.front()); }));
    CHECK(fails([](state_proof& of) { of.siblings.pop_back(); }));
    CHECK(fails([](state_proof& of) { of.siblings.clear(); }));
    CHECK(fails([](state_proof& of) { of.siblings.front() = {}; }));
    CHECK(fails([](state_proof& of) { of.siblings.resize(proof_hashes_max + 1); }));
    for (unsigned at = 0; at < 64; ++at) {
      CHECK(fails([&](state_proof& of) { of.filled_upper ^= std::uint64_t{1} << at; }));
      CHECK(fails([&](state_proof& of) { of.filled_lower ^= std::uint64_t{1} << at; }));
    }
    if (good.leaf) {
      CHECK(fails([](state_proof& of) { of.leaf.reset(); }));
      CHECK(fails([](state_proof& of) { of.leaf->value.raw[0] ^= std::byte{1}; }));
      CHECK(fails([](state_proof& of) { of.leaf->key.raw[31] ^= std::byte{1}; }));
    } else {
      CHECK(fails([](state_proof& of) { of.leaf = state_leaf{}; }));
    }
  }
}

TEST_CASE("an empty place beside the way is left out, and not shown as a hash of nothing") {
  const forty_keys all;
  const auto good = all.proof("7");
  const auto is_filled = [&](unsigned at) {
    return ((at < 64 ? good.filled_upper >> at : good.filled_lower >> (at - 64)) & 1U) != 0;
  };
  std::size_t below = 0; // siblings nearer to the leaf
  std::size_t tried = 0;
  for (unsigned at = good.depth; at-- > 0;) {
    if (is_filled(at)) {
      ++below;
      continue;
    }
    auto bad = good;
    (at < 64 ? bad.filled_upper : bad.filled_lower) |= std::uint64_t{1} << at % 64;
    bad.siblings.insert(bad.siblings.begin() + static_cast<std::ptrdiff_t>(below), digest{});
    CHECK_FALSE(all.shows("7", "7", bad));
    ++tried;
  }
  CHECK(tried > 0);
}

TEST_CASE("an answer whose value alone is another does not verify, of each kind of variable") {
  group g;
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  static_cast<void>(g.propose(0, "motto", "set", {"x"}));
  static_cast<void>(g.propose(0, "profile", "put", {"k", "v"}));
  g.order();
  const auto own = own_prefix(key_of(0).id()) + "k";
  for (const auto& [variable, key] : {std::pair<const char*, std::string>{"score", ""},
                                      {"motto", ""},
                                      {"profile", own},
                                      {"profile", "nobody"},
                                      {"tags", ""}}) {
    INFO(variable << ' ' << key);
    const auto tag = g.get(0, variable, key);
    g.run();
    auto what = **g.answer_for(0, tag);
    REQUIRE(g.verified(what));
    for (const auto& lie : {std::optional<bytes>{bytes(8, std::byte{9})}, std::optional<bytes>{}}) {
      auto forged = what;
      if (forged.entries.front().value != lie) {
        forged.entries.front().value = lie;
        CHECK_FALSE(g.verified(forged));
      }
    }
  }
}

// -- receipts ------------------------------------------------------------------------------------

TEST_CASE(
  "each mutation of a block has its own receipt, and is heard with it; skipped ones are not") {
  group g{small_genesis(), 1};
  const auto rules = compile_rules(g.from()).value();
  const auto add = [&](const char* step) { return g.encoded(0, "score", "add", {step}); };
  const auto author = [&](std::size_t who) { return g.at(who).key->id(); };
  auto broken = *g.signed_batch(2, author(2), batch_number{1}, {add("1")});
  auto trailing = add("1"); // good but for a byte too many, with which no check lets it come
  trailing.push_back({});
  broken.body = {};
  append_mutation(broken.body, trailing);
  const std::vector all{
    g.signed_batch(0, author(0), batch_number{2}, {add("1"), add("99"), add("2"), add("98")}),
    g.signed_batch(0, author(0), batch_number{2}, {add("3")}), // that number again: skipped
    g.signed_batch(1, author(1), batch_number{1}, {add("97"), add("3")}),
    std::make_shared<const batch>(broken),
  };
  std::vector<digest> ids;
  for (const auto& one : all) {
    ids.push_back(digest_of(one->header));
  }
  const auto what = g.make_block(ids);
  const auto made =
    execute(*rules, genesis_base(*rules, state_tree{rules->variable_count()}), what->header, all);
  CHECK(made.skipped == std::vector<std::uint8_t>{0, 1, 0, 0});
  CHECK(made.mutation_count == 7);
  final_block of;
  of.block = what;
  of.batches = all;
  of.skipped = made.skipped;
  of.refused = made.refused;
  of.mutation_count = made.mutation_count;
  const std::vector<bool> refused{false, true, false, true, true, false, true};
  const auto heard = to_committed(of, 0, 1'000'000);
  REQUIRE(heard->mutations.size() == refused.size());
  CHECK_FALSE(heard->more);
  for (std::uint32_t i = 0; i < refused.size(); ++i) {
    INFO(i);
    const auto became = receipt_of(of, i);
    CHECK((became.status == receipt_status::refused) == refused[i]);
    CHECK((became.code != errc{}) == refused[i]);
    CHECK(check_leaf(made.receipts_root, receipt_digest(became), prove_receipt(of, i)));
    const auto& one = heard->mutations[i];
    CHECK(one.index == i);
    CHECK(one.status == became.status);
    CHECK(one.code == became.code);
    CHECK(one.reason == became.reason);
    CHECK(one.author == author(i < 4 ? 0 : i < 6 ? 1 : 2));
    const auto alone = to_committed(of, i, 1); // from there on, and no more than fits
    REQUIRE(alone->mutations.size() == 1);
    CHECK(alone->mutations[0].index == i);
    CHECK(alone->mutations[0].status == one.status);
    CHECK(alone->mutations[0].mutation == one.mutation);
    CHECK(alone->more == (i + 1 < refused.size()));
  }
  CHECK(heard->mutations[6].mutation == mutation{});
  CHECK(heard->mutations[6].reason == "not a mutation");
  INFO("a part holds what fits, to the byte");
  const auto first = committed_size(heard->mutations[0]);
  CHECK(to_committed(of, 0, first)->mutations.size() == 1);
  CHECK(to_committed(of, 0, first + 1)->mutations.size() == 2);
  CHECK(last_number(made.state, author(0)) == batch_number{2});
}

TEST_CASE("a rule's reason is cut at its limit, in the receipt and under its root") {
  auto board = declared("board", variable_kind::custom);
  board.operations = {{"mark", {argument_kind::integer}}};
  auto from = small_genesis();
  from.variables.push_back(board);
  rules mine{"test", 1};
  mine.on("board", "mark", [](state_edit&, const call& by) -> result<void> {
    return refuse(std::string(static_cast<std::size_t>(by.arguments[0].integer), 'n'));
  });
  for (const std::size_t size :
       {reason_size_max - 1, reason_size_max, reason_size_max + 1, std::size_t{100'000}}) {
    INFO(size);
    group g{from, 0, mine};
    const auto tag = g.propose(0, "board", "mark", {std::to_string(size)});
    g.order();
    const auto became = g.receipt_for(0, tag);
    REQUIRE(became);
    CHECK(became->reason.size() == std::min(size, reason_size_max));
    const auto root = g.at(0).kept.ledger.at(1)->block->header.receipts_root;
    CHECK(check_leaf(root, receipt_digest(*became), prove_receipt(*g.at(0).kept.ledger.at(0), 0)));
  }
}

namespace {

/// A receipt, alone in its block, and three headers behind it, with whatever is wrong in them certified.
struct shown_receipt {
  group g;
  receipt_proof proof;

  shown_receipt() {
    proof.receipt = {receipt_status::refused, errc::out_of_bounds, "above its most", height{7}, 0};
    proof.count = 1;
    for (std::uint64_t at = 8; at <= 10; ++at) {
      auto header = genesis_header(g.from());
      header.height = height{at};
      header.view = view{at};
      proof.headers.push_back(header);
    }
    put_receipt();
  }
  void put_receipt() {
    proof.headers.front().receipts_root = merkle_leaf(encode(proof.receipt));
    put_parents();
  }
  void put_parents() {
    for (std::size_t i = 1; i < proof.headers.size(); ++i) {
      proof.headers[i].parent = digest_of(proof.headers[i - 1]);
    }
    certify();
  }
  void certify() { proof.finalization = g.finalization_of(proof.headers.back()); }
};

} // namespace

TEST_CASE("a receipt's proof with one thing wrong is refused, however well it is certified") {
  struct row {
    const char* name;
    void (*spoil)(shown_receipt&);
    errc code;
  };
  const row rows[]{
    {"no headers", [](shown_receipt& of) { of.proof.headers.clear(); }, errc::bad_proof},
    {"a header that is not the parent's child",
     [](shown_receipt& of) {
       of.proof.headers[2].parent.raw[0] ^= std::byte{1};
       of.certify();
     },
     errc::bad_proof},
    {"the same behind the first",
     [](shown_receipt& of) {
       of.proof.headers[1].parent.raw[0] ^= std::byte{1};
       of.proof.headers[2].parent = digest_of(of.proof.headers[1]);
       of.certify();
     },
     errc::bad_proof},
    {"a header left out",
     [](shown_receipt& of) { of.proof.headers.erase(of.proof.headers.begin() + 1); },
     errc::bad_proof},
    {"a height left out",
     [](shown_receipt& of) {
       of.proof.headers[2].height = height{11};
       of.put_parents();
     },
     errc::bad_proof},
    {"a height twice",
     [](shown_receipt& of) {
       of.proof.headers[1].height = height{8};
       of.proof.headers[2].height = height{9};
       of.put_parents();
     },
     errc::bad_proof},
    {"of a block two before the first",
     [](shown_receipt& of) {
       of.proof.receipt.height = height{6};
       of.put_receipt();
     },
     errc::bad_proof},
    {"of the first header's own block",
     [](shown_receipt& of) {
       of.proof.receipt.height = height{8};
       of.put_receipt();
     },
     errc::bad_proof},
    {"the first header is another group's",
     [](shown_receipt& of) {
       of.proof.headers.front().group = group_id{9};
       of.put_parents();
     },
     errc::wrong_group},
    {"the last header is another group's",
     [](shown_receipt& of) {
       of.proof.headers.back().group = group_id{9};
       of.certify();
     },
     errc::wrong_group},
    {"the certificate of a header before the last",
     [](shown_receipt& of) { of.proof.finalization = of.g.finalization_of(of.proof.headers[1]); },
     errc::bad_certificate},
    {"a notarization",
     [](shown_receipt& of) {
       of.proof.finalization = of.g.finalization_of(of.proof.headers.back(), vote_kind::notarize);
     },
     errc::bad_certificate},
    {"too few signers",
     [](shown_receipt& of) {
       of.proof.finalization.signers &= of.proof.finalization.signers - 1;
       of.proof.finalization.signatures.erase(of.proof.finalization.signatures.begin());
     },
     errc::bad_certificate},
    {"refused, and not why",
     [](shown_receipt& of) {
       of.proof.receipt.code = {};
       of.put_receipt();
     },
     errc::bad_proof},
    {"applied, and why not",
     [](shown_receipt& of) {
       of.proof.receipt.status = receipt_status::applied;
       of.put_receipt();
     },
     errc::bad_proof},
    {"applied with a code",
     [](shown_receipt& of) {
       of.proof.receipt.status = receipt_status::applied;
       of.proof.receipt.reason.clear();
       of.put_receipt();
     },
     errc::bad_proof},
    {"applied with a reason",
     [](shown_receipt& of) {
       of.proof.receipt.status = receipt_status::applied;
       of.proof.receipt.code = {};
       of.put_receipt();
     },
     errc::bad_proof},
    {"another reason than is certified",
     [](shown_receipt& of) { of.proof.receipt.reason = "it was late"; }, errc::bad_proof},
    {"more receipts than there are", [](shown_receipt& of) { of.proof.count = 2; },
     errc::bad_proof},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    shown_receipt of;
    const auto told = [&] {
      return verify_receipt(of.g.from(), committees{of.g.from()}, of.g.network(), of.proof, verify);
    };
    REQUIRE(told());
    one.spoil(of);
    const auto spoilt = told();
    REQUIRE_FALSE(spoilt);
    CHECK(spoilt.error().code == one.code);
  }
}

TEST_CASE(
  "what a receipt may say it may say in a proof: applied alone, or refused without reason") {
  shown_receipt of;
  for (const bool applied : {true, false}) {
    of.proof.receipt.status = applied ? receipt_status::applied : receipt_status::refused;
    of.proof.receipt.code = applied ? errc{} : errc::not_a_writer;
    of.proof.receipt.reason.clear();
    of.put_receipt();
    CHECK(of.g.holds(of.proof));
  }
}
