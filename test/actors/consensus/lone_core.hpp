#pragma once

#include "actors/consensus/consensus.hpp"
#include "actors/consensus/epochs.hpp"
#include "messages/committee.hpp"
#include "messages/hello.hpp"
#include "runtime/archive/signing.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// One core driven by hand: the test is its peers, its notary and its clock. Every signature is
/// good.

namespace caucus::voting {

class no_key final : public signer {
public:
  [[nodiscard]] signature sign(const subject&) const override { return {}; }
  [[nodiscard]] signature sign(const digest&) const override { return {}; }
  [[nodiscard]] signature sign(const life&) const override { return {}; }
};

struct lone_core {
  static peer_id peer(std::size_t who) {
    peer_id out;
    out.raw[0] = static_cast<std::byte>(who + 1);
    return out;
  }
  static digest root(std::uint8_t of) {
    digest out;
    out.raw[0] = std::byte{of};
    return out;
  }
  static link_id link(std::size_t who) { return link_id{who + 1}; }

  no_key key{};
  consensus_config config{};
  std::unique_ptr<consensus> core{};
  std::unique_ptr<epochs> group{}; ///< in the core's place, if there is one
  time_point now{};
  wall_ms wall{1};
  std::vector<action> done{};                       ///< all but checks
  std::vector<consensus_record> journal{ceiling{}}; ///< of a member that was told that it is new
  block_header genesis{};
  view own_signed{};                             ///< what the ledger shows at live()
  std::uint16_t protocol = protocol_version_max; ///< that the others speak
  bool holds = false;                            ///< checks wait for settle()
  std::vector<check_signatures> held{};          ///< those, in order

  explicit lone_core(std::optional<std::uint16_t> self, std::size_t members = 4,
                     const std::vector<std::string>& names = {}) {
    std::vector<member> all;
    for (std::size_t i = 0; i < members; ++i) {
      all.push_back({peer(i), i < names.size() ? names[i] : std::string{}, {}});
    }
    config.voters = {epoch{}, std::move(all)};
    if (self) {
      config.self = member_index{*self};
    }
    genesis.group = group_id{1};
  }
  /// A life, from genesis and the journal.
  void live() {
    legacy before;
    if (config.life) {
      before.lives = lives{*config.life, journal};
    }
    core = std::make_unique<consensus>(config, &key, journal, false, before);
    step(ledger_tip{digest_of(genesis), genesis, std::nullopt, root(0), root(0), false, nullptr,
                    own_signed});
    for (std::size_t i = 0; i < config.voters.size(); ++i) {
      if (!config.self || i != config.self->value()) {
        step(link_up{{link(i), peer(i), node_mode::server, false, {}, {}, protocol}});
      }
    }
  }
  void step(event what) {
    std::vector<event> next{std::move(what)};
    while (!next.empty()) {
      actions out;
      auto one = std::move(next.back());
      next.pop_back();
      if (group != nullptr) {
        group->step(std::move(one), turn<action>{now, wall, out});
      } else {
        core->step(std::move(one), turn<action>{now, wall, out});
      }
      for (auto& did : out) {
        if (const auto* const asked = std::get_if<check_signatures>(&did)) {
          if (holds) {
            held.push_back(*asked);
            continue;
          }
          next.emplace_back(checked{asked->token, true});
        } else {
          if (const auto* const kept = std::get_if<record>(&did)) {
            journal.push_back(kept->entry);
          }
          done.push_back(std::move(did));
        }
      }
    }
  }
  /// The oldest held check ends so.
  void settle(bool good) {
    const auto token = held.front().token;
    held.erase(held.begin());
    step(checked{token, good});
  }
  void hear(std::size_t from, message what) { step(heard{link(from), std::move(what), 0, 0}); }
  void pass(duration time) {
    now += time;
    step(tick{});
  }

  [[nodiscard]] certificate certified(vote_kind kind, view in, const digest& of = {}) const {
    certificate out{{kind, epoch{}, in, of}, 0, {}};
    out.signatures.resize(config.voters.quorum());
    const auto all = config.voters.size();
    // Others' votes where they are enough: this member may not have cast one.
    for (std::size_t i = 1; i <= config.voters.quorum(); ++i) {
      const auto who = ((config.self ? config.self->value() : 0) + i) % all;
      out.signers |= bit_of(member_index{static_cast<std::uint16_t>(who)});
    }
    return out;
  }
  [[nodiscard]] static block_header child(const block_header& of, view in, std::uint8_t state) {
    return {group_id{1},   epoch{},    of.height.next(),   in,          of.view,
            digest_of(of), wall_ms{1}, payload_digest({}), root(state), root(state)};
  }
  /// A block as its leader proposes it and the group notarizes it.
  void notarized(const block_header& what) {
    const auto leader = what.view.value() % config.voters.size();
    if (!config.self || leader != config.self->value()) {
      hear(leader, proposal{{what, {}}, {}});
    }
    hear(other(), certified(vote_kind::notarize, what.view, digest_of(what)));
  }
  void finalized(const block_header& what) {
    hear(other(), certified(vote_kind::finalize, what.view, digest_of(what)));
  }
  void is_executed(const block_header& what, std::uint8_t state) {
    step(executed{digest_of(what), root(state), root(state)});
  }
  [[nodiscard]] std::size_t other() const {
    return config.self && config.self->value() == 3 ? 2 : 3;
  }

  /// The newest request of its kind that was sent and not forgotten.
  template <class Request>
  [[nodiscard]] std::optional<send> asked() const {
    std::optional<send> out;
    for (const auto& one : done) {
      const auto* const sent = std::get_if<send>(&one);
      if (sent != nullptr && sent->request != 0 && std::holds_alternative<Request>(sent->message)) {
        out = *sent;
      }
    }
    return out;
  }
  void answer(const send& to, message what) {
    step(heard{to.link, std::move(what), 0, to.request});
  }
  /// Whom it accused, and not forgotten.
  [[nodiscard]] std::vector<blame> blames() const {
    std::vector<blame> out;
    for (const auto& one : done) {
      if (const auto* const who = std::get_if<accuse>(&one)) {
        out.push_back(who->blame);
      }
    }
    return out;
  }

  /// Own votes said since, and forgotten.
  std::vector<vote> take_votes() {
    std::vector<vote> out;
    for (const auto& one : std::exchange(done, {})) {
      const auto* const many = std::get_if<multicast>(&one);
      if (const auto* const mine = many == nullptr ? nullptr : std::get_if<vote>(&many->message)) {
        out.push_back(*mine);
      }
    }
    return out;
  }
};

} // namespace caucus::voting
