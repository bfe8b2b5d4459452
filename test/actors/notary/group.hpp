#pragma once

#include "actors/notary/batch_check.hpp"
#include "actors/notary/block_chain.hpp"
#include "actors/notary/freshness.hpp"
#include "actors/notary/mutation_reader.hpp"
#include "actors/notary/notary.hpp"
#include "actors/notary/rule_set.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/base/sha256.hpp"
#include "runtime/variables/catalog.hpp"
#include "test/actors/notary/shown.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// Notaries without sockets, disks or consensus: the test says which batches the next block lists
/// and that it is final. Real keys and signatures.

namespace caucus::testing {

inline secret_key key_of(std::size_t who) {
  std::array<std::byte, 32> raw{};
  raw.fill(static_cast<std::byte>(who + 1));
  return secret_key{key_seed{raw}};
}

inline variable_declaration declared(const char* name, variable_kind kind,
                                     writers who = writers::members) {
  variable_declaration out;
  out.name = name;
  out.kind = kind;
  out.writers = who;
  return out;
}

inline genesis small_genesis(std::size_t members = 4) {
  genesis out;
  out.name = "test";
  out.time = wall_ms{1'000};
  for (std::size_t i = 0; i < members; ++i) {
    out.members.push_back({key_of(i).id(), "m" + std::to_string(i), "localhost:1"});
  }
  auto score = declared("score", variable_kind::counter);
  score.min = 0;
  score.step_max = 10;
  out.variables = {score, declared("motto", variable_kind::reg),
                   declared("tags", variable_kind::set),
                   declared("profile", variable_kind::map, writers::own_entries),
                   declared("load", variable_kind::opaque, writers::anyone)};
  return out;
}

/// What survives a crash of one node.
struct disk {
  std::vector<notary_record> journal;
  std::vector<shared_final> ledger;
  std::vector<closing> closings;
  std::map<digest, state_entry> state;
  height state_at;
  height oldest{1}; ///< below it the ledger has none any more
};

class group {
public:
  struct node {
    std::size_t who = 0;
    std::shared_ptr<secret_key> key;
    std::unique_ptr<notary> core;
    disk kept;
    std::vector<notary_out::action> actions;
    std::vector<notary_answer> answers;
    std::vector<digest> held; ///< as consensus knows it
    std::vector<notary_out::blame> blames;
    std::vector<snapshot_entry> parts;             ///< of a state that is fetched, kept so far
    std::shared_ptr<snapshot_contents> installed;  ///< what a next life would begin with
    std::vector<snapshot_request> snapshot_asks{}; ///< that it answered
    std::uint16_t protocol = protocol_version_max;
    std::map<digest, executed> roots;
    bool linked = true;
    bool disk_works = true;    ///< false: nothing is ever durable
    bool journal_works = true; ///< false: of the disk the journal alone does not
    std::optional<ledger_tip> tip;
    std::string diverged;         ///< as consensus was told
    std::string own_lie;          ///< likewise; before the tip, if a former life had the proof
    result<void> judged;          ///< what was restored
    std::vector<height> prunes{}; ///< as was asked for
    /// What consensus tells of its own finalize votes; finalized() raises it. None: it cannot tell.
    std::optional<block_header> bound;
    std::optional<certificate> shown;
    shared_declarations named; ///< by the newest life that did; null: none has
    shared_rules rules{};      ///< of its program; null: as the group's
    notary_config config;
  };

  explicit group(genesis from = small_genesis(), std::size_t clients = 0, rules with = {},
                 notary_config config = {})
      : from_{std::move(from)}, network_{network_id_of(from_, with)},
        rules_{compile_rules(from_, with).value()} {
    nodes_.resize(from_.members.size() + clients);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      nodes_[i].who = i;
      nodes_[i].key = std::make_shared<secret_key>(key_of(i));
      nodes_[i].config = config;
      nodes_[i].bound = genesis_header(from_);
      start(i);
    }
    link_all();
  }

  // -- lives --------------------------------------------------------------------------------------

  void start(std::size_t who) {
    auto& n = nodes_[who];
    n.core = std::make_unique<notary>(
      notary_setup{from_, network_, n.rules == nullptr ? rules_ : n.rules, n.key->id(),
                   [key = n.key](bytes_view what) { return sign(*key, what); }, n.config});
    n.actions.clear();
    n.held.clear();
    for (const auto& one : n.kept.closings) {
      CAUCUS_ASSERT(n.core->restore_closing(one));
    }
    if (n.kept.state_at > height{}) {
      std::vector<state_entry> entries;
      for (const auto& [path, one] : n.kept.state) {
        entries.push_back(one);
      }
      CAUCUS_ASSERT(n.core->restore_state(n.kept.ledger.at(n.kept.state_at.value() - 1), entries));
    }
    for (const auto& one : n.kept.ledger) {
      if (one->block->header.height > n.kept.state_at) {
        CAUCUS_ASSERT(n.core->restore_final(one));
      }
    }
    n.core->restore_oldest(n.kept.oldest);
    for (const auto& one : n.kept.journal) {
      n.core->restore_journal(one);
    }
    for (auto at = n.kept.ledger.size(); at > 0 && n.core->wants_past(); --at) {
      n.core->restore_past(*n.kept.ledger[at - 1]);
    }
    for (auto at = n.kept.ledger.size(); at > 0; --at) {
      if (!n.core->wants_signed(*n.kept.ledger[at - 1])) {
        break;
      }
    }
    n.judged = n.core->judge();
    n.core->start({now, {}, n.actions});
    if (knows_height) {
      step(who, to_notary{group_height{n.core->final_height()}});
    }
  }
  void restart(std::size_t who) {
    start(who);
    for (auto& other : nodes_) {
      if (other.who != who && other.linked) {
        link(who, other.who);
      }
    }
    run();
  }
  void link_all() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      for (std::size_t j = i + 1; j < nodes_.size(); ++j) {
        link(i, j);
      }
    }
    run();
  }
  void link(std::size_t a, std::size_t b) {
    step(a, notary_in::peer_up{link_to(b), nodes_[b].key->id(), mode_of(b), nodes_[b].protocol});
    step(b, notary_in::peer_up{link_to(a), nodes_[a].key->id(), mode_of(a), nodes_[a].protocol});
  }

  // -- what users do ------------------------------------------------------------------------------

  [[nodiscard]] bytes encoded(std::size_t who, const char* variable, const char* operation,
                              std::vector<std::string> arguments) const {
    return encode(
      parse_mutation(names_, nodes_[who].key->id(), variable, operation, arguments).value());
  }
  request_tag propose(std::size_t who, const char* variable, const char* operation,
                      std::vector<std::string> arguments, std::string request_id = {}) {
    const auto tag = ++tag_;
    step(who, notary_in::asked{
                0, propose_request{tag, std::move(request_id),
                                   encoded(who, variable, operation, std::move(arguments)),
                                   duration{5'000'000}}});
    return tag;
  }
  request_tag get(std::size_t who, const char* variable, std::string key = {}, bool whole = false,
                  bool fresh = false, height at_least = {}) {
    const auto tag = ++tag_;
    const auto raw = as_bytes(key);
    step(who, notary_in::asked{0, get_request{tag,
                                              {variable, {raw.begin(), raw.end()}, whole, at_least},
                                              fresh,
                                              duration{5'000'000},
                                              nonce_of(tag)}});
    return tag;
  }
  [[nodiscard]] static fresh_nonce nonce_of(request_tag tag) {
    fresh_nonce out;
    out.raw[0] = static_cast<std::byte>(tag);
    out.raw[1] = std::byte{1};
    return out;
  }
  void step(std::size_t who, notary_in::event what) {
    nodes_[who].core->step(std::move(what), {now, {}, nodes_[who].actions});
  }

  /// The answers of one kind with this tag, in order.
  template <class Answer>
  [[nodiscard]] std::vector<Answer> answers(std::size_t who, request_tag tag) const {
    std::vector<Answer> out;
    for (const auto& one : nodes_[who].answers) {
      if (const auto* const fits = std::get_if<Answer>(&one); fits != nullptr && fits->tag == tag) {
        out.push_back(*fits);
      }
    }
    return out;
  }
  /// Precondition: exactly one receipt, or error, came.
  [[nodiscard]] result<receipt> receipt_for(std::size_t who, request_tag tag) const {
    const auto all = answers<propose_answer>(who, tag);
    return all.size() == 1 ? all.front().receipt
                           : fail(errc::internal, std::to_string(all.size()) + " answers");
  }
  /// What shows that its answer is fresh, verified with it; null: nothing does.
  [[nodiscard]] std::shared_ptr<const freshness> freshness_for(std::size_t who,
                                                               request_tag tag) const {
    const auto all = answers<get_answer>(who, tag);
    const bool good =
      all.size() == 1 && all.front().answer && all.front().fresh != nullptr
      && all.front().fresh->nonce == nonce_of(tag)
      && verify_freshness(from_, committees{from_}, network_, (*all.front().answer)->header,
                          *all.front().fresh, verify);
    return good ? all.front().fresh : nullptr;
  }
  [[nodiscard]] result<std::shared_ptr<const answer>> answer_for(std::size_t who,
                                                                 request_tag tag) const {
    const auto all = answers<get_answer>(who, tag);
    return all.size() == 1 ? all.front().answer
                           : fail(errc::internal, std::to_string(all.size()) + " answers");
  }
  [[nodiscard]] result<verified_answer> verified(const answer& what) const {
    return verify_answer(from_, committees{from_}, network_, what, verify);
  }
  [[nodiscard]] bool holds(const receipt_proof& what) const {
    return verify_receipt(from_, committees{from_}, network_, what, verify).has_value();
  }
  /// The one entry's value, for people; verified.
  [[nodiscard]] std::string value_for(std::size_t who, request_tag tag) const {
    const auto got = answer_for(who, tag);
    if (!got) {
      return to_string(got.error());
    }
    const auto good = verified(**got);
    if (!good) {
      return to_string(good.error());
    }
    const auto& entry = good->entries.front();
    return entry.value ? shown_text(from_.variables[good->id.value() - 1U], entry.key, *entry.value)
                       : "absent";
  }

  /// What a member's operator, or its node, says of a change of the group.
  request_tag say(std::size_t who, group_operation what, const group_directive& of) {
    const mutation one{
      bookkeeping, operation_id{static_cast<std::uint8_t>(what)}, {argument{encode(of)}}, true};
    const auto tag = ++tag_;
    step(who, notary_in::asked{0, propose_request{tag, {}, encode(one), duration{5'000'000}}});
    return tag;
  }
  [[nodiscard]] const committee& voters() const { return voters_.back(); }

  // -- what consensus does ------------------------------------------------------------------------

  /// A block on the newest final one that lists these.
  [[nodiscard]] shared_block make_block(std::vector<digest> batches) {
    block_header header = genesis_header(from_);
    if (tip_ != nullptr) {
      header = tip_->header;
      header.parent = digest_of(tip_->header);
    } else {
      header.parent = digest_of(header);
    }
    for (const auto& n : nodes_) { // all agree, see perform()
      if (const auto roots = n.roots.find(header.parent); roots != n.roots.end()) {
        header.state_root = roots->second.state_root;
        header.receipts_root = roots->second.receipts_root;
      }
    }
    header.parent_view = header.view;
    if (header.epoch < voters_.back().in_epoch()) { // it was the last one of its epoch
      header.epoch = voters_.back().in_epoch();
      header.parent_view = {};
      view_ = {};
    }
    header.height = header.height.next();
    view_ = view_.next();
    header.view = view_;
    header.time += wall_ms{10};
    header.payload = payload_digest(batches);
    return std::make_shared<const block>(block{header, std::move(batches)});
  }
  [[nodiscard]] certificate finalization_of(const block_header& header,
                                            vote_kind kind = vote_kind::finalize) const {
    const subject on{kind, header.epoch, header.view, digest_of(header)};
    const auto& voters = voters_.at(header.epoch.value());
    certificate out{on, 0, {}};
    for (std::uint16_t i = 0; i < voters.quorum(); ++i) {
      const member_index who{i};
      const auto signer = std::find_if(nodes_.begin(), nodes_.end(), [&](const node& one) {
        return one.key->id() == voters.find(who)->peer;
      });
      out.signers |= bit_of(who);
      out.signatures.push_back(sign(*signer->key, signed_bytes(network_, from_.group, on)));
    }
    return out;
  }
  void notarized(std::size_t who, const shared_block& what) {
    step(who, to_notary{block_notarized{digest_of(what->header), what}});
  }
  /// `who` signs `finalize` for it: it is notarized.
  void signs_finalize(std::size_t who, const shared_block& what) {
    nodes_[who].bound = what->header;
    nodes_[who].shown = finalization_of(what->header, vote_kind::notarize);
  }
  void finalized(std::size_t who, const shared_block& what, bool with_certificate = true) {
    nodes_[who].bound = what->header;
    nodes_[who].shown = finalization_of(what->header);
    step(who, to_notary{block_finalized{
                digest_of(what->header), what,
                with_certificate ? std::optional{finalization_of(what->header)} : std::nullopt}});
  }
  /// On all that are linked.
  void make_final(const shared_block& what, bool with_certificate = true) {
    tip_ = what;
    blocks.push_back(what);
    for (auto& n : nodes_) {
      if (n.linked) {
        finalized(n.who, what, with_certificate);
      }
    }
    run();
  }
  /// Orders all that node 0 holds, then certifies the result with an empty block.
  void order() {
    run();
    while (!nodes_[0].held.empty()) {
      make_final(make_block(nodes_[0].held));
    }
    make_final(make_block({}));
  }

  // -- performing ---------------------------------------------------------------------------------

  /// Performs what all want until nobody wants anything.
  void run() {
    bool any = true;
    while (any) {
      any = false;
      for (auto& n : nodes_) {
        n.core->finish_turn({now, {}, n.actions});
        auto actions = std::exchange(n.actions, {});
        any = any || !actions.empty() || n.core->wants_turn();
        for (auto& one : actions) {
          std::visit([&](auto& what) { perform(n, what); }, one);
        }
      }
    }
  }
  void tick(duration by) {
    now += by;
    for (auto& n : nodes_) {
      n.core->step(notary_in::tick{}, {now, {}, n.actions});
    }
    run();
  }

  [[nodiscard]] node& at(std::size_t who) { return nodes_[who]; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] const genesis& from() const { return from_; }
  [[nodiscard]] const network_id& network() const { return network_; }
  [[nodiscard]] link_id link_to(std::size_t who) const { return link_id{who + 1}; }
  /// A batch that this key signs.
  [[nodiscard]] shared_batch signed_batch(std::size_t signer, const peer_id& author,
                                          batch_number number,
                                          const std::vector<bytes>& mutations) const {
    auto out = std::make_shared<batch>();
    for (const auto& one : mutations) {
      append_mutation(out->body, one);
    }
    out->header = {from_.group,
                   author,
                   number,
                   static_cast<std::uint32_t>(mutations.size()),
                   static_cast<std::uint32_t>(out->body.size()),
                   sha256(out->body)};
    out->signature = sign(*nodes_[signer].key, signed_bytes(network_, out->header));
    return out;
  }

  time_point now{duration{1'000'000}};
  std::vector<shared_block> blocks; ///< final, from height 1
  bool drop_batches = false;        ///< no batch arrives by itself
  bool knows_height = true;         ///< whoever starts is told at once how far the group is

private:
  node_mode mode_of(std::size_t who) const {
    return who < from_.members.size() ? node_mode::server : node_mode::client;
  }
  node* reach(link_id link) {
    auto& n = nodes_[link.value() - 1];
    return n.linked ? &n : nullptr;
  }

  void perform(node& n, notary_out::persist& what);
  void perform(node& n, notary_out::append& what);
  void perform(node& n, notary_out::keep_closing& what) { n.kept.closings.push_back(*what.what); }
  void perform(node& n, notary_out::prune& what);
  void perform(node& n, notary_out::load& what);
  void perform(node& n, notary_out::store_state& what);
  void perform(node& n, notary_out::check_batch& what);
  void perform(node& n, notary_out::check_answer& what);
  void perform(node& n, notary_out::check_attestation& what);
  void perform(node& n, notary_out::check_snapshot& what);
  void perform(node& n, notary_out::keep_snapshot_part& what);
  void perform(node& n, notary_out::install_snapshot& what);
  void perform(node& n, notary_out::name_variables& what) {
    names_ = catalog{*what.now};
    n.named = what.now;
  }
  void perform(node& n, notary_out::send_batch& what);
  void perform(node& n, notary_out::request& what);
  void perform(node& n, notary_out::respond& what);
  void perform(node& n, notary_out::blame& what);
  void perform(node& n, notary_out::tell& what);
  void perform(node& n, to_consensus& what);

  genesis from_;
  network_id network_;
  catalog names_{from_}; ///< as the nodes tell them
  std::shared_ptr<const compiled_rules> rules_;
  std::vector<node> nodes_;
  shared_block tip_;
  view view_;
  std::vector<committee> voters_{committee_of(from_)}; ///< by epoch
  request_tag tag_ = 0;
  std::uint64_t msg_id_ = 0;
  std::map<std::uint64_t, std::pair<std::size_t, std::uint64_t>> requests_;

public:
  std::vector<chain_page> pages; ///< responses to chain requests of the test's own
  bool take_told = true;         ///< false: askers take nothing
  bool lets_go = true;           ///< false: the ledger's files keep what may go
  std::function<void(std::size_t, read_response&)> tamper_reads;
  std::function<void(std::size_t, attest_response&)> tamper_attests;
  /// False: no answer comes.
  std::function<bool(std::size_t, snapshot_response&)> tamper_snapshots;
};

} // namespace caucus::testing
