#include "actors/consensus/certificate.hpp"
#include "actors/consensus/consensus.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

// Any bytes are a run of events for one replica of four: no crash, no sanitizer report, no broken
// invariant, and never two of its words that contradict each other. Every signature is taken for good
// or bad as the input says.

namespace caucus {
namespace {

using namespace voting;

class source {
public:
  source(const std::uint8_t* data, std::size_t size) : data_{data}, size_{size} {}
  [[nodiscard]] bool empty() const { return at_ >= size_; }
  std::uint8_t next() { return empty() ? std::uint8_t{0} : data_[at_++]; }
  std::uint8_t below(std::uint8_t limit) { return static_cast<std::uint8_t>(next() % limit); }

private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

class no_key final : public signer {
public:
  [[nodiscard]] signature sign(const subject&) const override { return {}; }
  [[nodiscard]] signature sign(const digest&) const override { return {}; }
  [[nodiscard]] signature sign(const life&) const override { return {}; }
};

digest small(std::uint8_t what) {
  digest out;
  out.raw[0] = std::byte{what};
  return out;
}

peer_id peer(std::uint8_t who) {
  peer_id out;
  out.raw[0] = std::byte{static_cast<std::uint8_t>(who + 1)};
  return out;
}

struct run {
  source from;
  std::vector<digest> known{digest{}}; ///< headers seen, so that the input can name them
  std::vector<std::uint64_t> tokens{};
  std::vector<std::uint64_t> tags{};
  std::map<view, std::vector<vote>> said{};

  digest some_digest() {
    const auto choice = from.next();
    return choice < 200 ? known[choice % known.size()] : small(choice);
  }
  view some_view() { return view{from.below(8)}; }
  subject some_subject() {
    subject out{static_cast<vote_kind>(1 + from.below(3)), epoch{}, some_view(), {}};
    if (out.kind != vote_kind::nullify) {
      out.digest = some_digest();
    }
    return out;
  }
  certificate some_certificate() {
    certificate out{some_subject(), from.below(16), {}};
    out.signatures.resize(static_cast<std::size_t>(__builtin_popcountll(out.signers)));
    return out;
  }
  block some_block() {
    block out;
    for (auto count = from.below(3); count > 0; --count) {
      out.batches.push_back(small(from.next()));
    }
    out.header = {group_id{1},
                  epoch{},
                  height{from.below(6)},
                  some_view(),
                  some_view(),
                  some_digest(),
                  wall_ms{from.below(4)},
                  payload_digest(out.batches),
                  small(from.below(2)),
                  {}};
    known.push_back(digest_of(out.header));
    return out;
  }
  signed_life some_life() {
    signed_life out{{from.below(4), from.below(2)}, {}};
    out.signature.raw[0] = std::byte{static_cast<std::uint8_t>(from.below(2))}; // its key's, or not
    return out;
  }
  life_response some_life_response() {
    life_response out;
    if (from.below(2) == 0) {
      out.other = some_life();
    }
    if (from.below(2) == 0) {
      out.last = vote{some_subject(), member_index{from.below(5)}, {}};
    }
    out.final_view = some_view();
    return out;
  }
  message some_message() {
    switch (from.below(14)) {
      case 9: return view_request{};
      case 10: return view_response{some_certificate(), from.below(2) == 0, from.below(2) == 0};
      case 11: return life_request{some_life(), epoch{}};
      case 12: return some_life_response();
      case 0: return vote{some_subject(), member_index{from.below(5)}, {}};
      case 1: return proposal{some_block(), {}};
      case 2: return some_certificate();
      case 3: return proposal_request{some_digest()};
      case 4: return proposal_response{proposal{some_block(), {}}};
      case 5: return certificate_request{some_view(), some_view()};
      case 6: return certificate_page{{some_certificate(), some_certificate()}};
      case 7: return tip_request{height{from.below(6)}};
      case 8: return tip_response{proposal{some_block(), {}}, some_certificate()};
      default: return chain_page{{some_block(), some_block()}, some_certificate()};
    }
  }
  std::uint64_t some_of(const std::vector<std::uint64_t>& given) {
    return given.empty() ? from.next() : given[from.next() % given.size()];
  }
  event some_event() {
    const link_id link{from.below(6)};
    switch (from.below(15)) {
      case 0: return link_up{{link, peer(from.below(6)), node_mode::server, false, {}}};
      case 1: return link_down{link, {}, errc::link_lost};
      case 2: return request_ended{link, some_of(tags), errc::timed_out};
      case 3:
      case 4: return checked{some_of(tokens), from.next() < 200};
      case 5: return journal_state{from.next() < 200};
      case 6:
        return batch_held{small(from.next()), peer(from.below(3)), batch_number{from.below(9)},
                          from.next(), false};
      case 7: return batch_gone{small(from.next())};
      case 8: return executed{some_digest(), small(from.below(2)), {}};
      case 9: return ledger_advanced{height{from.below(9)}};
      case 10: return tick{};
      case 11: return heard{link, some_message(), 0, some_of(tags)};
      case 12: return finalize_bound_wanted{from.next()};
      default: return heard{link, some_message(), from.next(), 0};
    }
  }
  void note(const action& what) {
    if (const auto* const asked = std::get_if<check_signatures>(&what)) {
      CAUCUS_ASSERT(!asked->claims.empty());
      tokens.push_back(asked->token);
    } else if (const auto* const one = std::get_if<send>(&what)) {
      if (one->request != 0) {
        tags.push_back(one->request);
      }
      note(one->message);
    } else if (const auto* const told = std::get_if<tell>(&what)) {
      note(told->item);
    } else if (const auto* const many = std::get_if<multicast>(&what)) {
      CAUCUS_ASSERT(!many->links.empty());
      note(many->message);
    }
  }
  /// It is never below what was signed.
  void note(const to_notary& what) {
    const auto* const told = std::get_if<finalize_bound>(&what);
    if (told == nullptr || !told->bound) {
      return;
    }
    for (const auto& [in, votes] : said) {
      for (const auto& one : votes) {
        CAUCUS_ASSERT(one.subject.kind != vote_kind::finalize || in <= told->bound->view);
      }
    }
  }
  void note(const message& what) {
    if (const auto* const mine = std::get_if<vote>(&what)) {
      for (const auto& before : said[mine->subject.view]) {
        CAUCUS_ASSERT(!contradict(before.subject, mine->subject));
      }
      said[mine->subject.view].push_back(*mine);
    } else if (const auto* const own = std::get_if<proposal>(&what)) {
      known.push_back(digest_of(own->block.header));
    }
  }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t data_size) {
  run it{source{data, data_size}};
  consensus_config config;
  config.voters = {epoch{},
                   {{peer(0), {}, {}}, {peer(1), {}, {}}, {peer(2), {}, {}}, {peer(3), {}, {}}}};
  if (it.from.below(4) != 0) {
    config.self = member_index{0};
  }
  // Nothing in the journal is a doubt, which votes for nothing until view_responses end it.
  const auto journal = it.from.below(2) == 0
                         ? std::vector<voting::consensus_record>{}
                         : std::vector<voting::consensus_record>{voting::ceiling{}};
  voting::legacy before;
  if (it.from.below(2) == 0) {
    before.lives = voting::lives{7, journal};
  }
  const no_key key;
  consensus core{config, &key, journal, false, before};
  time_point now{};
  voting::actions out;
  block_header first;
  first.group = group_id{1};
  const auto genesis = digest_of(first);
  it.known.front() = genesis;
  core.step(ledger_tip{genesis, first, std::nullopt, small(0), {}, false},
            turn<voting::action>{now, wall_ms{0}, out});
  for (std::uint8_t i = 1; i < 4; ++i) {
    core.step(
      link_up{{link_id{i}, peer(i), node_mode::server, false, {}, {}, protocol_version_max}},
      turn<voting::action>{now, wall_ms{0}, out});
  }
  while (!it.from.empty()) {
    out.clear();
    now += duration{it.from.next() * 10'000};
    core.step(it.some_event(), turn<voting::action>{now, wall_ms{0}, out});
    for (const auto& one : out) {
      it.note(one);
    }
  }
  static_cast<void>(core.status());
  static_cast<void>(core.live_records());
  return 0;
}

} // namespace caucus
