#include "actors/survivors.hpp"

#include "actors/certified_ledger.hpp"
#include "actors/consensus/consensus_journal.hpp"
#include "actors/notary/batch_check.hpp"
#include "actors/notary/group_entries.hpp"
#include "actors/notary/ledger_log.hpp"
#include "actors/notary/lie_check.hpp"
#include "actors/notary/notary_files.hpp"
#include "actors/notary/record_codec.hpp"
#include "messages/ordering.hpp"
#include "messages/try.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/base/text.hpp"

#include <algorithm>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>

namespace caucus {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t remarks_max = 16;

/// Of the newest block in the epoch of what comes above it.
view view_in(const tip_state& of) {
  return of.header.epoch == of.voters->in_epoch() ? of.header.view : view{};
}

// -- ledgers -------------------------------------------------------------------------------------

/// Of two ledgers the longer one has the block with which the other ends.
result<void> compare(const ledger_read& longer, const fs::path& longer_in, const ledger_read& other,
                     const fs::path& other_in) {
  const auto at = other.tip.header.height;
  const auto here = longer.block_at(at);
  if (here && *here != other.tip.id) {
    return fail(errc::folder_contradicts,
                longer_in.string() + " and " + other_in.string()
                  + " have different blocks at height " + std::to_string(at.value())
                  + ": one of them is of another history. Find out whose is the true one, of which "
                    "people have receipts, and leave the other out");
  }
  return {};
}

// -- what is above -------------------------------------------------------------------------------

using block_path = std::vector<shared_block>; ///< ascending

/// What one member's journal tells of what it signed.
struct vote_facts {
  std::optional<peer_id> self; ///< who signed
  bool is_known = false;       ///< it tells of votes at all
  bool is_whole = true;
  bool in_doubt = false;
  view told_to;                    ///< what it signed in views up to this one is told
  view shown;                      ///< the newest in which others show that it signed something
  view silent_to;                  ///< it may have signed anything in views up to this one
  std::optional<subject> finalize; ///< the newest that it signed
  epoch newest;                    ///< that it knows of

  [[nodiscard]] bool tells_all(view above) const {
    return is_known && is_whole && !in_doubt && silent_to <= above && shown <= told_to;
  }
};

/// What journals tell of one epoch's blocks above a final one.
class notarized_blocks {
public:
  notarized_blocks(const tip_state& above, const survivors_network& of) : tip_{above}, of_{of} {}

  void add(const shared_block& what) {
    const auto& header = what->header;
    if (header.epoch == tip_.voters->in_epoch() && header.view > view_in(tip_)
        && payload_digest(what->batches) == header.payload) {
      blocks_.emplace(digest_of(header), what);
    }
  }
  void add(const voting::consensus_record& what, vote_facts& whose) {
    if (const auto in = voting::epoch_of(what)) {
      whose.newest = std::max(whose.newest, *in);
      if (*in == tip_.voters->in_epoch()) {
        whose.told_to = std::max(whose.told_to, voting::signed_to(what));
      }
    }
    std::visit(overloaded{[&](const voting::seen_block& one) {
                            whose.is_known = true;
                            add(std::make_shared<const block>(one.proposal->block));
                          },
                          [&](const voting::seen_certificate& one) {
                            whose.is_known = true;
                            add(one.certificate);
                          },
                          [&](const voting::voted& one) {
                            whose.is_known = true;
                            add(one.vote, whose);
                          },
                          [&](const voting::ceiling& one) {
                            whose.is_known = true;
                            whose.in_doubt = false;
                            if (one.in == tip_.voters->in_epoch()) {
                              whose.silent_to = std::max(whose.silent_to, one.top);
                            }
                          },
                          [&](const voting::doubted&) { whose.in_doubt = true; },
                          ignored<voting::heard_of, voting::own_life, voting::other_life>{}},
               what);
  }

  /// The newest view of which a certificate shows that this member signed something.
  [[nodiscard]] view shown_of(const peer_id& who) const {
    const auto index = tip_.voters->index_of(who);
    return index ? shown_.at(index->value()) : view{};
  }
  /// A certificate of this epoch that holds.
  void note_signers(const certificate& what) {
    for (std::size_t i = 0; i < shown_.size(); ++i) {
      if (shows_signature(what, *tip_.voters, member_index{static_cast<std::uint16_t>(i)})) {
        shown_[i] = std::max(shown_[i], what.subject.view);
      }
    }
  }

  /// The way from the tip to the newest notarized block to which there is one; empty: there is none.
  [[nodiscard]] block_path newest(std::vector<std::string>& remarks) {
    std::sort(certified_.begin(), certified_.end(), [](const auto& one, const auto& next) {
      return one.subject.view > next.subject.view;
    });
    std::optional<subject> said; // of each block there are many certificates
    for (const auto& one : certified_) {
      if (said && one.subject.digest == said->digest) {
        continue;
      }
      if (!verify_certificate(*tip_.voters, of_.from->group, of_.network, one, of_.check)) {
        continue;
      }
      note_signers(one);
      if (auto way = path_to(one.subject.digest); !way.empty()) {
        return way;
      }
      said = one.subject;
      if (remarks.size() < remarks_max) {
        remarks.push_back("a block of view " + std::to_string(one.subject.view.value())
                          + " was notarized, and no folder has it with all that lead to it: what "
                            "it lists is left out");
      }
    }
    return {};
  }

private:
  void add(const certificate& what) {
    const auto& on = what.subject;
    if (on.kind != vote_kind::nullify && is_above(on)) {
      certified_.push_back(what);
    }
  }
  void add(const vote& what, vote_facts& whose) const {
    const auto* const signer = tip_.voters->find(what.signer);
    if (what.subject.epoch != tip_.voters->in_epoch() || signer == nullptr) {
      return;
    }
    const auto body = signed_bytes(of_.network, of_.from->group, what.subject);
    if (!whose.self && of_.check(signer->peer, what.signature, body)) {
      whose.self = signer->peer;
    }
    if (what.subject.kind == vote_kind::finalize
        && (!whose.finalize || whose.finalize->view < what.subject.view)) {
      whose.finalize = what.subject;
    }
  }
  [[nodiscard]] bool is_above(const subject& on) const {
    return on.epoch == tip_.voters->in_epoch() && on.view > view_in(tip_);
  }

  /// Empty: one of them is not here.
  [[nodiscard]] block_path path_to(const digest& id) const {
    block_path out;
    for (auto at = id; at != tip_.id;) {
      const auto found = blocks_.find(at);
      if (found == blocks_.end()) {
        return {};
      }
      out.push_back(found->second);
      at = found->second->header.parent;
    }
    std::reverse(out.begin(), out.end());
    return out;
  }

  const tip_state& tip_;
  const survivors_network& of_;
  std::unordered_map<digest, shared_block> blocks_;
  std::vector<certificate> certified_;
  std::vector<view> shown_ = std::vector<view>(tip_.voters->size()); ///< by member
};

/// The batches that these blocks list, as far as a folder has them.
class listed_batches {
public:
  explicit listed_batches(const survivors_network& of) : of_{of} {}

  void want(const block_path& way) {
    for (const auto& one : way) {
      wanted_.insert(one->batches.begin(), one->batches.end());
    }
  }
  [[nodiscard]] bool is_whole() const { return wanted_.size() == here_.size(); }

  void add(const notary_record& what) {
    if (const auto* const held = std::get_if<held_record>(&what)) {
      add(held->batch);
    } else if (const auto* const own = std::get_if<own_record>(&what)) {
      add(own->batch);
    }
  }
  void add(const shared_batch& what) {
    const auto id = digest_of(what->header);
    if (wanted_.contains(id) && !here_.contains(id)
        && check_batch(of_.network, of_.from->group, *what, of_.check)) {
      here_.emplace(id, what);
    }
  }

  /// None: one is missing.
  [[nodiscard]] std::optional<std::vector<shared_batch>> of(const block& what) const {
    std::vector<shared_batch> out;
    for (const auto& id : what.batches) {
      const auto found = here_.find(id);
      if (found == here_.end()) {
        return std::nullopt;
      }
      out.push_back(found->second);
    }
    return out;
  }

private:
  const survivors_network& of_;
  std::unordered_set<digest> wanted_;
  std::unordered_map<digest, shared_batch> here_;
};

/// As far as it can be executed. Every block of it was notarized, as the parent of one that was.
result<void> follow(const block_path& way, const listed_batches& batches, const lie_judge& proves,
                    newest_state& out) {
  for (const auto& one : way) {
    const auto& header = one->header;
    if (header.epoch != out.tip.voters->in_epoch()) {
      return {}; // behind the end of an epoch, where nothing is listed
    }
    if (header.state_root != out.tip.state_root || header.receipts_root != out.tip.receipts_root) {
      return fail(errc::state_diverged,
                  divergence_text(out.tip.header.height, to_hex(out.tip.state_root.view()),
                                  to_hex(header.state_root.view()))
                    + ". This program's rules are others than the network's, or this version is");
    }
    const auto listed = batches.of(*one);
    if (!listed) {
      out.remarks.push_back("block " + std::to_string(header.height.value())
                            + " was notarized, and no folder has all batches that it lists. It is "
                              "left out, and what is above it");
      return {};
    }
    auto made = execute(*out.tip.rules, base_of(out.tip, &proves), header, *listed);
    if (made.lacks) {
      return tl::make_unexpected(std::move(*made.lacks));
    }
    out.tip = next_tip(out.tip, digest_of(header), header, std::move(made));
  }
  return {};
}

/// Of many folders one may be damaged: the others tell what it does not.
class folders_left {
public:
  folders_left(const std::vector<survivor>& all, const survivors_network& of)
      : all_{all}, of_{of} {}

  /// The newest ledger, and what was notarized above it.
  [[nodiscard]] result<newest_state> newest(const survivors_progress& tell) {
    CAUCUS_TRY_VOID(read_ledgers(tell));
    if (!best_ || best_->tip.header.height == height{}) {
      return fail(errc::file_missing,
                  "no ledger here has a block: there is nothing to go on from. Give the folders of "
                  "all nodes that are left with --from, or make a new network without it");
    }
    newest_state out{best_->tip, longest_, best_->tip.header.height};
    for (;;) { // journals may tell of an epoch that began behind all ledgers
      const auto in = out.tip.voters->in_epoch();
      CAUCUS_TRY_VOID(go_above(out));
      if (out.tip.voters->in_epoch() == in) {
        break;
      }
    }
    count(out);
    out.remarks.insert(out.remarks.begin(), remarks_.begin(), remarks_.end());
    return out;
  }

private:
  [[nodiscard]] result<void> read_ledgers(const survivors_progress& tell) {
    std::optional<error> why;
    for (const auto& one : all_) {
      auto read = read_ledger(one.folder, of_, proves_, tell);
      if (!read) {
        // A folder that is not damaged is not left out because this program is too old for it.
        if (read.error().code == errc::cancelled || read.error().code == errc::rules_missing) {
          return tl::make_unexpected(read.error());
        }
        remark("the ledger of " + one.folder.string() + " is left out: " + to_string(read.error()));
        why = why ? why : std::optional{read.error()};
        continue;
      }
      if (read->damage) {
        remark("the ledger of " + one.folder.string() + " is damaged ("
               + std::string{to_string(*read->damage)} + "): what lies behind block "
               + std::to_string(read->first.value() + read->ids.size() - 1) + " of it is not read");
      }
      CAUCUS_TRY_VOID(take(std::move(*read), one.folder));
    }
    return best_ || !why ? result<void>{} : tl::make_unexpected(*why);
  }

  [[nodiscard]] result<void> take(ledger_read what, const fs::path& folder) {
    loose_.insert(loose_.end(), what.loose.begin(), what.loose.end());
    const bool is_longer = !best_ || what.tip.header.height > best_->tip.header.height;
    if (best_) {
      CAUCUS_TRY_VOID(is_longer ? compare(what, folder, *best_, longest_)
                                : compare(*best_, longest_, what, folder));
    }
    if (is_longer) {
      best_ = std::move(what);
      longest_ = folder;
    }
    return {};
  }

  [[nodiscard]] result<void> go_above(newest_state& out) {
    const auto start = out.tip;
    notarized_blocks blocks{start, of_};
    for (const auto& one : loose_) {
      blocks.add(one->block);
    }
    read_votes(blocks);
    for (const auto& one : best_->shown) {
      if (one.subject.epoch == start.voters->in_epoch()
          && verify_certificate(*start.voters, of_.from->group, of_.network, one, of_.check)) {
        blocks.note_signers(one);
      }
    }
    const auto way = blocks.newest(out.remarks);
    listed_batches batches{of_};
    batches.want(way);
    for (const auto& one : loose_) {
      for (const auto& each : one->batches) {
        batches.add(each);
      }
    }
    read_batches(batches);
    for (std::size_t i = 0; i < all_.size(); ++i) {
      auto& facts = facts_[i];
      facts.shown = facts.self ? blocks.shown_of(*facts.self) : view{};
    }
    return follow(way, batches, proves_, out);
  }

  void read_votes(notarized_blocks& into) {
    facts_.clear();
    for (const auto& one : all_) {
      auto& facts = facts_.emplace_back();
      facts.is_whole = read_journal(one.folder / "consensus.journal", [&](const fs::path& path) {
        return consensus_journal::read(path, nullptr,
                                       [&](const auto& record) { into.add(record, facts); });
      });
      facts.self = facts.self ? facts.self : one.self;
    }
  }

  /// A leader that lies may list what was final before: a ledger has it then.
  void read_batches(listed_batches& into) {
    auto options = notary_journal_options();
    options.look_only = true;
    for (const auto& one : all_) {
      if (into.is_whole()) {
        return;
      }
      static_cast<void>(read_journal(one.folder / "notary.journal", [&](const fs::path& path) {
        return append_log::open(path, options,
                                [&](log_position, bytes_view record) -> result<void> {
                                  CAUCUS_TRY(const auto read, decode_notary_record(record));
                                  into.add(read);
                                  return {};
                                });
      }));
    }
    if (into.is_whole()) {
      return;
    }
    auto ledger = ledger_options(durability::memory);
    ledger.look_only = true;
    ledger.from_a_record = best_->mark.has_value();
    static_cast<void>(ledger_log::look( // it was read before
      longest_, ledger,
      [&](log_position, bytes_view record) -> result<void> {
        CAUCUS_TRY(const auto block, decode_final(record));
        for (const auto& each : block->batches) {
          into.add(each);
        }
        return {};
      },
      best_->mark));
  }

  /// False: it is not there, or damaged, and gives what lies before the damage.
  template <class Read>
  [[nodiscard]] bool read_journal(const fs::path& path, const Read& how) {
    std::error_code none;
    if (!fs::exists(path, none)) {
      return false;
    }
    const auto done = how(path);
    if (!done) {
      remark(path.string() + " is damaged (" + std::string{to_string(done.error().code)}
             + "): what it tells behind that is not read");
    }
    return done.has_value();
  }
  void remark(std::string what) {
    if (std::find(remarks_.begin(), remarks_.end(), what) == remarks_.end()) {
      remarks_.push_back(std::move(what));
    }
  }

  /// Who is here with all that it signed; what each knows that is not here.
  void count(newest_state& out) {
    const auto& voters = *out.tip.voters;
    const auto top = view_in(out.tip);
    std::unordered_set<peer_id> members;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const auto& facts = facts_[i];
      const auto name = all_[i].folder.string();
      if (facts.newest > voters.in_epoch()) {
        remark(name + " tells of epoch " + std::to_string(facts.newest.value())
               + ", of which no ledger here does: the group went on, and what it decided then is "
                 "left out");
      }
      if (facts.finalize && facts.finalize->view > top) {
        remark(name + " voted to make a block of view "
               + std::to_string(facts.finalize->view.value())
               + " final, which is not here with all that leads to it: it is left out");
      }
      if (!facts.self || !voters.has(*facts.self)) {
        continue;
      }
      if (facts.tells_all(top)) {
        members.insert(*facts.self);
      } else {
        remark(name
               + " is not counted as a member's: its consensus.journal does not tell all that "
                 "it signed (it is missing, damaged, new, an older copy, of durability "
                 "\"memory\", or in doubt)");
      }
    }
    out.survivors = members.size();
    out.may_lack = members.size() < voters.size() - voters.quorum() + 1;
  }

  const std::vector<survivor>& all_;
  const survivors_network& of_;
  const lie_judge proves_ = [this](const peer_id& who, const evidence& what) {
    return proves_lie(who, what, of_.from->group, of_.network, of_.check);
  };
  std::optional<ledger_read> best_;
  fs::path longest_; ///< where it is
  std::vector<shared_final> loose_;
  std::vector<vote_facts> facts_; ///< of each folder
  std::vector<std::string> remarks_;
};

} // namespace

result<newest_state> newest_of(const std::vector<survivor>& all, const survivors_network& of,
                               const survivors_progress& tell) {
  return folders_left{all, of}.newest(tell);
}

result<continued> continue_with(const newest_state& after, const genesis& before,
                                const network_id& network, std::vector<member> members,
                                wall_ms now) {
  const auto& tip = after.tip;
  for (const auto& one : members) {
    const auto& barred = tip.group->barred;
    const auto found = std::find_if(barred.begin(), barred.end(), [&one](const barred_peer& each) {
      return each.peer == one.peer;
    });
    if (found != barred.end() && (found->until == wall_ms{0} || found->until > now)) {
      return fail(errc::bad_request,
                  "--member " + one.name + ": " + to_text(one.peer)
                    + " was barred by the network that is gone on from (it lied, "
                      "was replaced, or its members wished so): give another key");
    }
  }
  auto state = tip.state;
  state.erase(path_of_group(members_key));
  state.erase(path_of_group(petitions_key));
  continued out{before, {}};
  out.from.members = std::move(members);
  out.from.time = std::max(now, tip.header.time);
  out.from.continues = continuation{network, tip.header.height, tip.id, state.root()};
  out.entries.reserve(state.entry_count());
  for (std::size_t i = 0; i < state.variable_count(); ++i) {
    const variable_id variable{static_cast<std::uint16_t>(i)};
    state.each(variable, [&](const entry_view& one) {
      out.entries.push_back({path_of(variable, one.key),
                             {one.key.begin(), one.key.end()},
                             bytes{one.value.begin(), one.value.end()}});
      return true;
    });
  }
  return out;
}

} // namespace caucus
