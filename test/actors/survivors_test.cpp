#include "actors/notary/executor.hpp"
#include "actors/notary/record_codec.hpp"
#include "test/actors/lost_folders.hpp"

#include <fstream>
#include <ios>
#include <iterator>
#include <map>
#include <variant>

/// What is left of a group, and what of it can be gone on from.

namespace caucus::testing {
namespace {

TEST_CASE("survivors show the newest ledger, whichever of them has it") {
  lost_group at;
  at.write(0, {}, 2);
  at.write(1);
  const auto out = require(at.newest({0, 1}));
  CHECK(out.tip.id == at.g.at(1).kept.ledger.back()->id);
  CHECK(out.folder == at.folder(1));
  CHECK(out.ledger_end == out.tip.header.height);
  CHECK(out.survivors == 2);
  CHECK_FALSE(out.may_lack);
  CHECK(out.remarks.empty());
  CHECK(lost_group::score(out.tip) == 5);
  CHECK(require(at.newest({1, 0})).tip.id == out.tip.id);
  // What a journal still has of blocks that are final is no block that is missing.
  const auto& last = at.g.blocks.back();
  at.write(2, {seen(last), at.shown(last)});
  CHECK(require(at.newest({2})).remarks.empty());
  CHECK(require(at.newest({0})).tip.header.height == height{2});
}

TEST_CASE("one of four alone cannot know what the other three decided last") {
  lost_group at;
  at.write(0);
  CHECK(require(at.newest({0})).may_lack);
  CHECK(require(at.newest({0})).survivors == 1);
}

TEST_CASE("a block that was notarized and is in no ledger is gone on from") {
  lost_group at;
  const auto first = at.notarized_block("3");
  const auto second = at.child_of(first);
  SECTION("with what a journal of the same folder has") {
    at.write(0, {seen(first), at.shown(first), seen(second), at.shown(second)});
    at.write(1, {at.own_vote(1, second)});
  }
  SECTION("with the block in one folder, its certificate and its batches in the other") {
    at.write(0, {seen(first), seen(second)}, ~std::size_t{0}, false);
    at.write(1, {at.own_vote(1, second), at.shown(second)});
  }
  const auto out = require(at.newest({0, 1}));
  CHECK(out.tip.id == digest_of(second->header));
  CHECK(out.tip.header.height.value() == out.ledger_end.value() + 2);
  CHECK(lost_group::score(out.tip) == 8);
  CHECK(out.remarks.empty());
}

TEST_CASE("what no quorum notarized is not gone on from") {
  lost_group at;
  const auto first = at.notarized_block("3");
  auto few = at.shown(first);
  SECTION("a proposal alone") {
    at.write(0, {seen(first)});
  }
  SECTION("too few signed") {
    few.certificate.signers = 0b0011;
    few.certificate.signatures.resize(2);
    at.write(0, {seen(first), few});
  }
  SECTION("signatures of something else") {
    few.certificate.signatures = at.g.finalization_of(first->header).signatures;
    at.write(0, {seen(first), few});
  }
  SECTION("a nullification of its view") {
    few.certificate.subject = {vote_kind::nullify, {}, first->header.view, {}};
    for (std::size_t i = 0; i < few.certificate.signatures.size(); ++i) {
      few.certificate.signatures[i] = at.own_vote(i, few.certificate.subject).vote.signature;
    }
    at.write(0, {seen(first), few});
  }
  const auto out = require(at.newest({0}));
  CHECK(out.remarks.empty());
  CHECK(out.tip.header.height == out.ledger_end);
  CHECK(lost_group::score(out.tip) == 5);
}

TEST_CASE("what is missing of a notarized block is said, and what is before it is there") {
  lost_group at;
  const auto first = at.notarized_block("3");
  const auto second = at.child_of(first, {digest{}});
  SECTION("a batch that no journal has") {
    at.write(0, {seen(first), seen(second), at.shown(second)});
    const auto out = require(at.newest({0}));
    CHECK(out.tip.id == digest_of(first->header));
    CHECK(lost_group::score(out.tip) == 8);
    REQUIRE(out.remarks.size() == 1);
    CHECK(out.remarks.front().find("no folder has all batches") != std::string::npos);
  }
  SECTION("the block itself") {
    at.write(0, {seen(first), at.shown(first), at.own_vote(0, second), at.shown(second)});
    const auto out = require(at.newest({0}));
    CHECK(out.tip.id == digest_of(first->header));
    REQUIRE(out.remarks.size() == 1);
    CHECK(out.remarks.front().find("was notarized, and no folder has it") != std::string::npos);
  }
  SECTION("the batch that the first lists") {
    at.write(0, {seen(first), at.shown(first)}, ~std::size_t{0}, false);
    const auto out = require(at.newest({0}));
    CHECK(lost_group::score(out.tip) == 5);
    CHECK(out.remarks.size() == 1);
  }
}

TEST_CASE("a batch that was altered in a journal counts for none") {
  lost_group at;
  const auto first = at.notarized_block("3");
  for (auto& one : at.g.at(0).kept.journal) {
    if (auto* const own = std::get_if<own_record>(&one);
        own != nullptr && digest_of(own->batch->header) == first->batches.front()) {
      auto changed = std::make_shared<batch>(*own->batch);
      changed->body.back() ^= std::byte{1};
      own->batch = changed;
    }
  }
  at.write(0, {seen(first), at.shown(first)});
  const auto out = require(at.newest({0}));
  CHECK(lost_group::score(out.tip) == 5);
  CHECK(out.remarks.size() == 1);
}

/// One byte, the n-th part of the file before its end.
void damage(const fs::path& file, std::uintmax_t part) {
  std::fstream in{file, std::ios::in | std::ios::out | std::ios::binary};
  const auto place = static_cast<std::streamoff>(fs::file_size(file) - fs::file_size(file) / part);
  in.seekg(place);
  const auto byte = static_cast<char>(in.get() ^ 0x10);
  in.seekp(place);
  in.put(byte);
}

std::map<std::string, std::string> contents_of(const fs::path& folder) {
  std::map<std::string, std::string> out;
  for (const auto& one : fs::directory_iterator{folder}) {
    std::ifstream in{one.path(), std::ios::binary};
    out[one.path().filename().string()] = {std::istreambuf_iterator<char>{in}, {}};
  }
  return out;
}

TEST_CASE("of a damaged ledger what lies before counts, and journals tell the rest") {
  lost_group at;
  for (int i = 0; i < 6; ++i) {
    at.g.make_final(at.g.make_block({}));
  }
  std::vector<voting::consensus_record> votes;
  for (const auto& one : at.g.blocks) {
    votes.emplace_back(seen(one));
    votes.emplace_back(at.shown(one));
  }
  const auto newest = digest_of(at.g.blocks.back()->header);
  at.write(0, votes);
  damage(at.folder(0) / "ledger.log", 3);
  const auto out = require(at.newest({0}));
  CHECK(out.tip.id == newest);
  CHECK(out.tip.header.height > out.ledger_end);
  REQUIRE(out.remarks.size() == 1);
  CHECK(out.remarks.front().find("is damaged (bad_checksum)") != std::string::npos);
  // Without them it is less, and that is said.
  at.write(1);
  damage(at.folder(1) / "ledger.log", 3);
  CHECK(require(at.newest({1})).tip.header.height == out.ledger_end);
}

TEST_CASE("nothing is written into the folders") {
  lost_group at;
  const auto first = at.notarized_block("3");
  at.write(0, {seen(first), at.shown(first)});
  const auto before = contents_of(at.folder(0));
  REQUIRE(before.contains("state.sqlite"));
  CHECK(require(at.newest({0})).tip.id == digest_of(first->header));
  CHECK((contents_of(at.folder(0)) == before));
}

TEST_CASE("a folder counts as a member's if its journal tells all that it signed") {
  lost_group at;
  at.write(0);
  const auto own = at.own_vote(1);
  const auto top = at.g.blocks.back()->header.view;
  const auto counted = [&] {
    const auto out =
      require(newest_of({{at.folder(0), {}}, {at.folder(1), key_of(1).id()}}, at.network()));
    CHECK(out.may_lack == (out.survivors < 2));
    CHECK(out.remarks.empty() == (out.survivors == 2));
    return out.survivors;
  };
  SECTION("by its votes") {
    at.write_exactly(1, {own});
    CHECK(counted() == 2);
  }
  SECTION("by its key, where no vote is of this epoch") {
    at.write_exactly(1, {voting::ceiling{top, {}}});
    CHECK(counted() == 2);
  }
  SECTION("not with an older copy of one: ledgers show what it signed since") {
    at.write_exactly(1, {at.own_vote(1, {vote_kind::nullify, {}, view{1}, {}})});
    CHECK(counted() == 1);
  }
  SECTION("not with a damaged one") {
    at.write_exactly(1, {own, own, own, own, own});
    damage(at.folder(1) / "consensus.journal", 2);
    CHECK(counted() == 1);
  }
  SECTION("not by a vote that is not signed, or of another epoch") {
    auto forged = own;
    forged.vote.signature.raw[0] ^= std::byte{1};
    at.write_exactly(1, {forged, at.own_vote(1, {vote_kind::nullify, epoch{1}, view{1}, {}})});
    const auto out = require(newest_of({{at.folder(0), {}}, {at.folder(1), {}}}, at.network()));
    CHECK(out.survivors == 1);
  }
  SECTION("not as a client's") {
    at.write_exactly(1, {voting::ceiling{top, {}}});
    const auto out =
      require(newest_of({{at.folder(0), {}}, {at.folder(1), key_of(9).id()}}, at.network()));
    CHECK(out.survivors == 1);
  }
  SECTION("not with an empty journal") {
    at.write_exactly(1, {});
    CHECK(counted() == 1);
  }
  SECTION("not without one") {
    at.write_exactly(1, {own});
    fs::remove(at.folder(1) / "consensus.journal");
    CHECK(counted() == 1);
  }
  SECTION("not where it tells of its starts alone") {
    at.write_exactly(1, {voting::own_life{3}, voting::heard_of{1, {}}});
    CHECK(counted() == 1);
  }
  SECTION("not in doubt") {
    at.write_exactly(1, {own, voting::doubted{true}});
    CHECK(counted() == 1);
  }
  SECTION("after a doubt") {
    at.write_exactly(1, {voting::doubted{true}, voting::ceiling{top, {}}, own});
    CHECK(counted() == 2);
  }
  SECTION("not in memory mode, where it may have signed more than is told") {
    at.write_exactly(1, {voting::ceiling{view{top.value() + 1'024}, {}}});
    CHECK(counted() == 1);
  }
}

TEST_CASE("one member's folder twice is one member's") {
  lost_group at;
  at.write(0);
  at.write_exactly(1, {at.own_vote(0)});
  const auto out = require(newest_of({{at.folder(0), {}}, {at.folder(1), {}}}, at.network()));
  CHECK(out.survivors == 1);
}

TEST_CASE("what a member voted to make final, and later epochs, are missed aloud") {
  lost_group at;
  const auto next = view{at.g.blocks.back()->header.view.value() + 5};
  const auto remark = [&](const voting::consensus_record& what) {
    at.write(0, {what});
    const auto out = require(at.newest({0}));
    REQUIRE(out.remarks.size() == 1);
    return out.remarks.front();
  };
  digest unknown;
  unknown.raw.fill(std::byte{9});
  SECTION("a finalize vote") {
    const auto vote = at.own_vote(0, {vote_kind::finalize, {}, next, unknown});
    CHECK(remark(vote).find("voted to make a block of view") != std::string::npos);
  }
  SECTION("a certificate of the next epoch") {
    voting::seen_certificate later{{{vote_kind::notarize, epoch{1}, view{1}, unknown}, 7, {}}};
    later.certificate.signatures.resize(3);
    CHECK(remark(later).find("tells of epoch 1") != std::string::npos);
  }
}

TEST_CASE("blocks behind a ledger's last certificate count if a journal certifies them") {
  lost_group at;
  at.g.propose(2, "score", "add", {"4"});
  at.g.run();
  const auto loose = at.g.make_block(at.g.at(0).held);
  at.g.make_final(loose, false);
  const auto certified = loose->header.height.value() - 1;
  SECTION("it does") {
    at.write(0, {}, ~std::size_t{0}, false);
    at.write(1, {at.shown(loose)}, 2);
    const auto out = require(at.newest({1, 0}));
    CHECK(out.tip.id == digest_of(loose->header));
    CHECK(out.ledger_end == height{certified});
    CHECK(lost_group::score(out.tip) == 9);
  }
  SECTION("none does") {
    at.write(0);
    const auto out = require(at.newest({0}));
    CHECK(out.tip.header.height == height{certified});
    CHECK(lost_group::score(out.tip) == 5);
  }
}

TEST_CASE("a ledger whose end nobody certified is left out, and its journals are not") {
  lost_group at;
  const auto first = at.notarized_block("3");
  auto forged = *at.g.at(1).kept.ledger.back();
  SECTION("too few signed") {
    forged.finalization->signers = 0b0011;
    forged.finalization->signatures.resize(2);
  }
  SECTION("signatures of something else") {
    forged.finalization->signatures =
      at.g.finalization_of(forged.block->header, vote_kind::notarize).signatures;
  }
  SECTION("of another block") {
    forged.finalization = at.g.finalization_of(first->header);
  }
  at.g.at(1).kept.ledger.back() = std::make_shared<const final_block>(forged);
  at.write(0, {seen(first)}, ~std::size_t{0}, false);
  at.write(1, {seen(first), at.shown(first)});
  const auto out = require(at.newest({1, 0}));
  CHECK(out.folder == at.folder(0));
  CHECK(out.tip.id == digest_of(first->header));
  REQUIRE(out.remarks.size() == 1);
  CHECK(out.remarks.front().find("the ledger of " + at.folder(1).string() + " is left out")
        != std::string::npos);
  CHECK_FALSE(at.newest({1}));
}

TEST_CASE("a last block whose batch was altered is not gone on from, whatever its record says") {
  lost_group at;
  at.g.propose(0, "score", "add", {"1"});
  at.g.run();
  at.g.make_final(at.g.make_block(at.g.at(0).held));
  auto& kept = at.g.at(0).kept;
  at.write(1, {}, kept.ledger.size() - 1);
  auto altered = *kept.ledger.back();
  REQUIRE(altered.batches.size() == 1);
  auto more = std::make_shared<batch>(*altered.batches.front());
  more->body.clear();
  append_mutation(more->body, at.g.encoded(0, "score", "add", {"9"}));
  altered.batches.front() = more;
  const auto before = require(newest_of({{at.folder(1), {}}}, at.network())).tip;
  REQUIRE(before.id == altered.block->header.parent);
  const auto made =
    execute(*at.rules, base_of(before, nullptr), altered.block->header, altered.batches);
  altered.state_root = made.state_root;
  altered.receipts_root = made.receipts_root;
  kept.ledger.back() = std::make_shared<const final_block>(altered);
  at.write(0);
  const auto out = at.newest({0});
  REQUIRE_FALSE(out);
  CHECK(out.error().code == errc::bad_batch);
}

TEST_CASE("a ledger that says of a block what it did not do is left out, not cut before it") {
  lost_group at;
  auto& kept = at.g.at(0).kept;
  REQUIRE(kept.ledger.size() == 3);
  auto altered = *kept.ledger[1];
  SECTION("its state") {
    altered.state_root.raw[0] ^= std::byte{1};
  }
  SECTION("its receipts") {
    altered.receipts_root.raw[0] ^= std::byte{1};
  }
  kept.ledger[1] = std::make_shared<const final_block>(altered);
  at.write(0);
  at.write(1);
  const auto alone = at.newest({0});
  REQUIRE_FALSE(alone);
  CHECK(alone.error().code == errc::bad_checksum);
  const auto out = require(at.newest({0, 1}));
  CHECK(out.folder == at.folder(1));
  CHECK(out.remarks.size() == 1);
}

TEST_CASE("members of an epoch that nobody signed are not believed") {
  lost_group at;
  const admit newcomer{{key_of(4).id(), "m4", "localhost:1"}};
  at.say_all(newcomer);
  at.g.order();
  at.g.order();
  REQUIRE(at.g.at(0).kept.closings.size() == 1);
  at.write(0);
  CHECK(require(at.newest({0})).tip.voters->size() == 5);
  auto& end = at.g.at(1).kept.closings.front();
  end.finalization.signatures.front().raw[0] ^= std::byte{1};
  at.write(1);
  const auto out = at.newest({1});
  REQUIRE_FALSE(out);
  CHECK(out.error().code == errc::bad_certificate);
}

TEST_CASE("a stored state that no block above certifies is not gone on from") {
  lost_group at;
  at.g.propose(0, "score", "add", {"1"});
  at.g.order();
  at.g.tick(duration{20'000'000});
  at.g.make_final(at.g.make_block({}));
  auto& kept = at.g.at(0).kept;
  REQUIRE(kept.state_at.value() > 1);
  REQUIRE(kept.state_at.value() < kept.ledger.size());
  // All but what the state is of goes, as where few blocks are kept: nothing shows the state then.
  auto alone = *kept.ledger[kept.state_at.value() - 1];
  if (GENERATE(false, true)) {
    alone.finalization = at.g.finalization_of(alone.block->header);
  } else {
    alone.finalization.reset();
  }
  notary_files::visitor visit;
  visit.closing = [](const closing&) { return result<void>{}; };
  visit.state = [](const shared_final&, const std::vector<state_entry>&) { return result<void>{}; };
  visit.block = [](const shared_final&) { return result<void>{}; };
  visit.record = [](const notary_record&) {};
  {
    auto files = notary_files::open(at.folder(0), durability::memory, visit);
    REQUIRE(files);
    files->add(std::make_shared<const final_block>(alone));
    REQUIRE(files->flush());
  }
  const auto store = state_store::open(at.folder(0) / "state.sqlite", durability::disk);
  REQUIRE(store);
  notary_out::store_state what{kept.state_at, {}};
  for (const auto& [path, entry] : kept.state) {
    what.changed.push_back(entry);
  }
  REQUIRE((*store)->store(what, {{kept.state_at, append_log::begin()}}, kept.state_at));
  const auto out = at.newest({0});
  if (out) {
    FAIL(out->tip.header.height.value() << " of " << kept.state_at.value());
  }
  CHECK(out.error().code == errc::bad_certificate);
}

TEST_CASE("a state ahead of its ledger is passed over") {
  lost_group at;
  at.write(0);
  fs::remove(at.folder(0) / "ledger.log");
  auto log = append_log::open(at.folder(0) / "ledger.log", ledger_options(durability::memory));
  REQUIRE(log);
  for (std::size_t i = 0; i < 2; ++i) {
    REQUIRE(log->append(encode_final(*at.g.at(0).kept.ledger[i])));
  }
  REQUIRE(log->sync());
  CHECK(require(at.newest({0})).tip.header.height == height{2});
}

TEST_CASE("where a quorum certified another state than is computed here nothing is made") {
  lost_group at;
  const auto first = at.notarized_block("3");
  auto second = *at.child_of(first);
  SECTION("another state") {
    second.header.state_root.raw[0] ^= std::byte{1};
  }
  SECTION("other receipts") {
    second.header.receipts_root.raw[0] ^= std::byte{1};
  }
  const auto made = std::make_shared<const block>(second);
  at.write(0, {seen(first), seen(made), at.shown(made)});
  const auto out = at.newest({0});
  REQUIRE_FALSE(out);
  CHECK(out.error().code == errc::state_diverged);
}

TEST_CASE("a batch that was final before is found in the ledger") {
  lost_group at;
  const auto again = at.g.make_block({at.g.blocks.front()->batches.front()});
  at.write(0, {seen(again), at.shown(again)}, ~std::size_t{0}, false);
  // From the beginning, as the block is older than the stored state.
  fs::remove(at.folder(0) / "state.sqlite");
  const auto out = require(at.newest({0}));
  CHECK(out.tip.id == digest_of(again->header));
  CHECK(lost_group::score(out.tip) == 5);
}

TEST_CASE("an altered list of batches is not the block that was notarized") {
  lost_group at;
  const auto first = at.notarized_block("3");
  auto changed = *first;
  changed.batches.push_back(digest{});
  at.write(0, {seen(std::make_shared<const block>(changed)), at.shown(first)});
  const auto out = require(at.newest({0}));
  CHECK(out.tip.header.height == out.ledger_end);
  REQUIRE(out.remarks.size() == 1);
  CHECK(out.remarks.front().find("was notarized, and no folder has it") != std::string::npos);
}

TEST_CASE("an epoch that ended above every ledger is gone on from, with its members counted") {
  lost_group at;
  const admit newcomer{{key_of(4).id(), "m4", "localhost:1"}};
  at.say_all(newcomer);
  at.g.run();
  const auto changing = at.g.make_block(at.g.at(0).held);
  for (std::size_t i = 0; i < at.g.size(); ++i) {
    at.g.notarized(i, changing);
  }
  at.g.run();
  REQUIRE(at.g.at(0).roots.at(digest_of(changing->header)).closes);
  const auto last = at.child_of(changing);
  for (std::size_t i = 0; i < at.g.size(); ++i) {
    at.g.notarized(i, last);
  }
  at.g.run();
  const auto behind = at.child_of(last);
  std::vector<voting::consensus_record> votes{seen(changing), seen(last), seen(behind),
                                              at.shown(behind),
                                              voting::ceiling{behind->header.view, {}}};
  const subject finalizes{vote_kind::finalize, {}, behind->header.view, digest_of(behind->header)};
  const auto write = [&] {
    for (const std::size_t who : {0U, 1U}) {
      votes.emplace_back(at.own_vote(who, finalizes));
      at.write(who, votes);
      votes.pop_back();
    }
  };
  auto newest = last;
  SECTION("nothing is known of the next one") {
    write();
  }
  SECTION("blocks of the next one are known as well") {
    at.g.propose(0, "score", "add", {"2"});
    at.g.run();
    auto header = last->header;
    header.parent = digest_of(last->header);
    header.epoch = epoch{1};
    header.view = view{1};
    header.parent_view = view{};
    header.height = header.height.next();
    header.state_root = at.g.at(0).roots.at(header.parent).state_root;
    header.receipts_root = at.g.at(0).roots.at(header.parent).receipts_root;
    const std::vector<digest> batches{at.g.at(0).held.back()}; // before it are those that agree
    header.payload = payload_digest(batches);
    newest = std::make_shared<const block>(block{header, batches});
    const subject on{vote_kind::notarize, epoch{1}, view{1}, digest_of(header)};
    certificate by{on, 0b1111, {}};
    for (std::size_t who = 0; who < 4; ++who) {
      by.signatures.push_back(at.own_vote(who, on).vote.signature);
    }
    votes.emplace_back(seen(newest));
    votes.emplace_back(voting::seen_certificate{by});
    write();
  }
  const auto out = require(
    newest_of({{at.folder(0), key_of(0).id()}, {at.folder(1), key_of(1).id()}}, at.network()));
  CHECK(out.remarks.empty());
  CHECK(out.tip.id == digest_of(newest->header));
  CHECK(lost_group::score(out.tip) == (newest == last ? 5 : 7));
  CHECK(out.tip.voters->in_epoch() == epoch{1});
  CHECK(out.tip.voters->size() == 5);
  CHECK(out.survivors == 2);
  CHECK_FALSE(out.may_lack);
}

TEST_CASE("folders of two histories are refused, and both are named") {
  lost_group at;
  lost_group other;
  other.g.propose(2, "score", "add", {"1"});
  other.g.order();
  at.g.propose(3, "score", "add", {"2"});
  at.g.order();
  at.g.make_final(at.g.make_block({}));
  at.write(0);
  other.write(1);
  const auto out = newest_of({{at.folder(0), {}}, {other.folder(1), {}}}, at.network());
  REQUIRE_FALSE(out);
  CHECK(out.error().code == errc::folder_contradicts);
  CHECK(out.error().detail.find(at.folder(0).string()) != std::string::npos);
  CHECK(out.error().detail.find(other.folder(1).string()) != std::string::npos);
}

TEST_CASE("a stored state that is not the ledger's is passed over where all blocks are there") {
  lost_group at;
  auto& entry = at.g.at(0).kept.state.begin()->second;
  entry.value->push_back(std::byte{7});
  at.write(0);
  CHECK(lost_group::score(require(at.newest({0})).tip) == 5);
}

TEST_CASE("where nothing was decided there is nothing to go on from") {
  lost_group at;
  const auto out = newest_of({{at.folder(0), {}}}, at.network());
  REQUIRE_FALSE(out);
  CHECK(out.error().code == errc::file_missing);
}

TEST_CASE("a caller that has enough ends it") {
  lost_group at;
  for (int i = 0; i < 300; ++i) {
    at.g.make_final(at.g.make_block({}));
  }
  at.write(0);
  const auto out =
    newest_of({{at.folder(0), {}}}, at.network(), [](const fs::path&, height) { return false; });
  REQUIRE_FALSE(out);
  CHECK(out.error().code == errc::cancelled);
}

} // namespace
} // namespace caucus::testing
