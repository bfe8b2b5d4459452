#include "actors/notary/group_entries.hpp"
#include "actors/notary/proof_json.hpp"
#include "messages/closing.hpp"
#include "messages/group.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/text.hpp"
#include "runtime/membership/membership_rules.hpp"
#include "test/proofs/maker.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <utility>

/// Answers of a group that has changed its members, true and forged.

namespace caucus::testing {

namespace {

using json = nlohmann::ordered_json;

/// Four members, then a fifth, who has the key 4, and then one less, the first.
struct changed_group {
  known_group of = plain_group();
  std::vector<closing> ends;
  std::vector<membership> members;

  changed_group() {
    membership now = first_book(of.from).next;
    now.epoch = epoch{1};
    now.seats.push_back({{known_key(4).id(), "eva", "eva.example.org:7400"}, epoch{1}, {}});
    now.standbys.push_back({{known_key(5).id(), "fay", ""}, true});
    close(epoch{0}, 40, 0b0111, now, 0);
    now.epoch = epoch{2};
    now.seats.erase(now.seats.begin());
    close(epoch{1}, 50, 0b11110, now, 2);
    of.seal(60);
  }
  /// Signed by the members with these keys: their places among `key_of`.
  void close(epoch in, std::uint64_t at, std::uint64_t signers, const membership& next,
             std::size_t behind) {
    const auto value = encode(next);
    const auto path = path_of_group(members_key);
    of.tree.put(path, as_bytes(members_key), value);
    of.seal(at);
    closing out;
    out.last = of.header;
    out.last.epoch = in;
    out.last.payload = payload_digest({});
    auto top = out.last;
    for (std::size_t i = 0; i < behind; ++i) {
      auto header = top;
      header.parent = digest_of(top);
      header.parent_view = top.view;
      header.view = top.view.next();
      header.height = top.height.next();
      out.behind.push_back(header);
      top = header;
    }
    out.finalization = of.sign({vote_kind::finalize, in, top.view, digest_of(top)}, signers);
    out.members = value;
    out.proof = of.tree.prove(path).value();
    ends.push_back(std::move(out));
    members.push_back(next);
  }
  /// The certificate of a header by these places of an epoch, whose keys are from `first` on.
  [[nodiscard]] certificate by(const subject& on, std::uint64_t places, std::size_t first) const {
    certificate out{on, places, {}};
    for (std::size_t i = 0; i < members_max; ++i) {
      if ((places >> i & 1U) != 0) {
        out.signatures.push_back(
          sign(known_key(first + i), signed_bytes(of.network, of.from.group, on)));
      }
    }
    return out;
  }
  /// Of epoch 1, whose members have the keys 0 to 4, or of epoch 2, with 1 to 4.
  [[nodiscard]] answer score(std::uint64_t in, std::uint64_t places = 0b1111) const {
    auto out = of.one("score");
    out.header.epoch = epoch{in};
    const auto id = digest_of(out.header);
    out.finalization =
      by({vote_kind::finalize, epoch{in}, out.header.view, id}, places, in == 2 ? 1 : 0);
    return out;
  }
  [[nodiscard]] std::string text(const answer& what, std::size_t count,
                                 const freshness* fresh = nullptr) const {
    return with(what, {ends.begin(), ends.begin() + static_cast<std::ptrdiff_t>(count)}, fresh);
  }
  /// As if these were the ends.
  [[nodiscard]] std::string with(const answer& what, const std::vector<closing>& of_epochs,
                                 const freshness* fresh = nullptr) const {
    epoch_history known{committees{of.from}, {}};
    for (const auto& one : members) {
      known.voters.add(std::make_shared<const committee>(committee_of(one)));
    }
    auto out = answer_value(of.from, what, fresh, &known);
    for (const auto& one : of_epochs) {
      out["epochs"].push_back(to_hex(encode(one)));
    }
    return print_json(out);
  }
  [[nodiscard]] freshness fresh(std::uint64_t in, std::uint64_t bound_in) const {
    freshness out;
    out.nonce.raw.fill(std::byte{0x5A});
    out.epoch = epoch{in};
    for (std::uint16_t i = 0; i < 4; ++i) {
      auto bound = of.header;
      bound.epoch = epoch{bound_in};
      bound.view = view{of.header.view.value() - 1};
      out.attestations.push_back({member_index{i}, bound,
                                  sign(known_key(in == 2 ? i + 1U : i),
                                       signed_bytes(of.network, out.nonce, bound, epoch{in}))});
    }
    return out;
  }
};

void add_true(const changed_group& at, std::vector<proof_case>& to) {
  const auto holds = [&](const std::string& name, const std::string& claim, std::string text) {
    to.push_back({"epochs_" + name, at.of.genesis_name, "", "", claim, std::move(text)});
  };
  holds("second", "of epoch 1, by four of its five members", at.text(at.score(1), 1));
  holds("second_and_the_new", "the new member is one of those who sign",
        at.text(at.score(1, 0b11110), 1));
  holds("third", "of epoch 2, in which the first member is another",
        at.text(at.score(2, 0b0111), 2));
  holds("more_than_needed", "of epoch 1, with the end of that one too", at.text(at.score(1), 2));
  holds("first", "of epoch 0, with the end of that one", at.text(at.of.one("score"), 1));
  auto fresh = at.fresh(1, 1);
  holds("fresh", "members of epoch 1 attest bounds of it", at.text(at.score(1), 1, &fresh));
  fresh = at.fresh(1, 0);
  holds("fresh_of_before", "they signed nothing in it yet", at.text(at.score(1), 1, &fresh));
  fresh = at.fresh(1, 1);
  holds("fresh_before_the_end", "of epoch 2, and its members of before attest",
        at.text(at.score(2, 0b0111), 2, &fresh));
}

void add_forged(const changed_group& at, std::vector<proof_case>& to) {
  const auto forged = [&](const std::string& name, const std::string& reason, const char* code,
                          std::string text) {
    to.push_back({"epochs_" + name, at.of.genesis_name, "", code, reason, std::move(text)});
  };
  const auto second = at.score(1);
  const auto end = [&](const std::string& name, const std::string& reason, const char* code,
                       const std::function<void(closing&)>& how) {
    auto altered = at.ends.front();
    how(altered);
    forged("end_" + name, reason, code, at.with(second, {altered}));
  };
  forged("none", "who its members are is not shown", "wrong_epoch", at.text(second, 0));
  forged("too_few_ends", "of epoch 2, shown are epochs 0 and 1", "wrong_epoch",
         at.text(at.score(2, 0b0111), 1));
  forged("left_out", "the end of epoch 0 is not there", "wrong_epoch",
         at.with(at.score(2, 0b0111), {at.ends[1]}));
  forged("twice", "the end of epoch 0 is there twice", "wrong_epoch",
         at.with(second, {at.ends[0], at.ends[0]}));
  forged("few_signers", "of five members four are a quorum", "bad_certificate",
         at.text(at.score(1, 0b0111), 1));
  forged("by_the_former", "places of epoch 2, the keys of epoch 0", "bad_certificate", [&] {
    auto out = at.score(2, 0b0111);
    out.finalization = at.by(out.finalization.subject, 0b0111, 0);
    return at.text(out, 2);
  }());
  forged("by_the_new_of_before", "in epoch 0 there is no member 4", "bad_certificate", [&] {
    auto out = at.of.one("score");
    out.finalization = at.by(out.finalization.subject, 0b11110, 0);
    return at.text(out, 1);
  }());
  end("few", "two of four sign no end", "bad_certificate", [](closing& c) {
    c.finalization.signers = 3;
    c.finalization.signatures.pop_back();
  });
  end("signature", "one signature is none", "bad_certificate",
      [](closing& c) { c.finalization.signatures[1].raw[5] ^= std::byte{1}; });
  end("other", "the certificate is of another block", "bad_certificate",
      [](closing& c) { c.finalization.subject.digest.raw[0] ^= std::byte{1}; });
  end("nullify", "it nullifies", "bad_certificate",
      [](closing& c) { c.finalization.subject.kind = vote_kind::nullify; });
  end("members", "the members are others than the state has", "bad_proof", [&](closing& c) {
    auto others = at.members.front();
    others.seats.front().member.peer = known_key(77).id();
    c.members = encode(others);
  });
  end("proof", "the way to the root is another", "bad_proof",
      [](closing& c) { c.proof.siblings.front().raw[0] ^= std::byte{1}; });
  end("group", "of another group", "wrong_group", [&](closing& c) {
    c.last.group = group_id{8};
    c.finalization =
      at.of.sign({vote_kind::finalize, c.last.epoch, c.last.view, digest_of(c.last)}, 0b0111);
  });
  const auto behind = [&](const std::string& name, const std::string& reason,
                          const std::function<void(closing&)>& how) {
    auto altered = at.ends[1];
    how(altered);
    const auto& top = altered.behind.back();
    altered.finalization =
      at.of.sign({vote_kind::finalize, top.epoch, top.view, digest_of(top)}, 0b11110);
    forged("behind_" + name, reason, "bad_parent",
           at.with(at.score(2, 0b0111), {at.ends[0], altered}));
  };
  behind("parent", "a block behind the end is no child of the one before",
         [](closing& c) { c.behind[1].parent.raw[0] ^= std::byte{1}; });
  behind("height", "it leaves out a height",
         [](closing& c) { c.behind[1].height = c.behind[1].height.next(); });
  behind("lists", "it lists something", [](closing& c) { c.behind[1].payload.raw.fill({}); });
  behind("state", "it changes the state", [](closing& c) { c.behind[1].state_root.raw.fill({}); });
  behind("epoch", "it is of another epoch", [](closing& c) { c.behind[1].epoch = epoch{9}; });
  auto fresh = at.fresh(1, 1);
  fresh.epoch = epoch{0};
  forged("fresh_as_before", "what was attested in epoch 1 is no word of epoch 0", "*",
         at.text(second, 1, &fresh));
  fresh = at.fresh(1, 2);
  forged("fresh_of_later", "a bound of a later epoch than it is attested in", "wrong_epoch",
         at.text(at.score(2, 0b0111), 2, &fresh));
  fresh = at.fresh(2, 2);
  forged("fresh_unknown", "the members of epoch 2 are not shown", "wrong_epoch",
         at.text(second, 1, &fresh));
  fresh = at.fresh(1, 1);
  fresh.attestations.pop_back();
  forged("fresh_few", "three of five attest", "bad_proof", at.text(second, 1, &fresh));
  fresh = at.fresh(1, 1);
  forged("fresh_not_covered", "of epoch 0, and members have signed in epoch 1", "bad_proof",
         at.text(at.of.one("score"), 1, &fresh));
  auto j = json::parse(at.text(second, 1));
  j["epochs"] = json::array();
  forged("no_list", "a list of no ends", "file_malformed", j.dump());
  j["epochs"] = json::array({"00"});
  forged("no_end", "an end that cannot be read", "file_malformed", j.dump());
}

} // namespace

void add_epochs(std::vector<proof_case>& to) {
  const changed_group at;
  add_true(at, to);
  add_forged(at, to);
}

} // namespace caucus::testing
