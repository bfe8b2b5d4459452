#include "actors/certified_ledger.hpp"

#include "actors/notary/batch_check.hpp"
#include "actors/notary/closing_check.hpp"
#include "actors/notary/ledger_log.hpp"
#include "actors/notary/notary_files.hpp"
#include "actors/notary/record_codec.hpp"
#include "messages/try.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/file.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace caucus {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t blocks_per_look = 256;
/// Behind the last certificate of a ledger, whose next one is lost: blocks, and bytes.
constexpr std::size_t loose_max = 256;
constexpr std::size_t loose_size_max = 64 * 1024 * 1024;
/// Certificates that tell who was up: each member that votes signs some of so many.
constexpr std::size_t shown_max = members_max;

/// Of a state that stays as it is: SQLite writes into what it opens.
class copied_state {
public:
  explicit copied_state(const fs::path& folder) {
    std::error_code none;
    auto name = (fs::temp_directory_path(none) / "caucus-state-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      failed_ = file_error(errno, name, "make");
      return;
    }
    made_ = name;
    for (const auto* const one : {"state.sqlite", "state.sqlite-wal"}) {
      std::error_code failed;
      if (fs::exists(folder / one, failed) && !fs::copy_file(folder / one, made_ / one, failed)) {
        failed_ = file_error(failed.value(), made_ / one, "write");
      }
    }
  }
  copied_state(const copied_state&) = delete;
  copied_state& operator=(const copied_state&) = delete;
  ~copied_state() {
    std::error_code none;
    fs::remove_all(made_, none);
  }

  [[nodiscard]] result<std::optional<stored_state>> load() const {
    if (failed_) {
      return tl::make_unexpected(*failed_);
    }
    CAUCUS_TRY(const auto store, state_store::open(made_ / "state.sqlite", durability::memory));
    return store->load();
  }

private:
  fs::path made_;
  std::optional<error> failed_;
};

class ledger_reader {
public:
  ledger_reader(fs::path folder, const survivors_network& of, const lie_judge& proves,
                const survivors_progress& tell)
      : folder_{std::move(folder)}, of_{of}, proves_{proves}, tell_{tell} {}

  /// From the stored state, or, if that is not the ledger's and all blocks are there, without it.
  [[nodiscard]] result<ledger_read> read() {
    CAUCUS_TRY(const auto oldest, notary_files::oldest(folder_));
    auto had = stored();
    auto out = had ? read_from(std::move(*had)) : tl::make_unexpected(had.error());
    const bool may_replay = oldest == height{1} && !of_.from->continues;
    return !out && out.error().code != errc::cancelled && may_replay ? read_from(std::nullopt)
                                                                     : out;
  }

private:
  [[nodiscard]] result<std::optional<stored_state>> stored() const {
    std::error_code none;
    if (!fs::exists(folder_ / "state.sqlite", none)) {
      return std::nullopt;
    }
    return copied_state{folder_}.load();
  }

  [[nodiscard]] result<ledger_read> read_from(std::optional<stored_state> had) {
    CAUCUS_TRY(auto ends, notary_files::look_closings(folder_));
    CAUCUS_TRY(auto history, follow_closings(committees{*of_.from}, std::move(ends),
                                             of_.from->group, of_.network, of_.check));
    ledger_read out{first_tip(*of_.from, of_.rules), nullptr, height{1}};
    out.known = std::make_shared<epoch_history>(std::move(history));
    begun_ = !had && !of_.from->continues;
    newest_ = out.tip;
    certificate_.reset();
    loose_size_ = 0;
    auto options = ledger_options(durability::memory);
    options.look_only = true;
    options.from_a_record = had.has_value();
    if (had && !had->blocks.empty()) {
      out.mark = had->blocks.back();
    }
    bool is_false = false; // what a record says, not the file around it
    const auto read = ledger_log::look(
      folder_, options,
      [&](log_position, bytes_view record) -> result<void> {
        auto block = decode_final(record);
        auto done = block ? take(std::move(*block), had, out) : tl::make_unexpected(block.error());
        is_false = !done;
        return done;
      },
      out.mark);
    if (!read) {
      const auto why = read.error().code;
      const bool is_damage = why == errc::bad_checksum || why == errc::file_malformed;
      if (is_false || !is_damage || out.ids.empty()) {
        return tl::make_unexpected(read.error());
      }
      out.damage = why; // what is before it is certified all the same
    }
    if (!begun_) {
      return fail(errc::folder_contradicts,
                  folder_.string()
                    + (had ? ": state.sqlite is of height " + std::to_string(had->height.value())
                               + ", which ledger.log does not reach"
                           : " has no ledger"));
    }
    CAUCUS_TRY_VOID(judge(out, had ? had->height : height{}));
    return out;
  }

  [[nodiscard]] result<void> take(shared_final block, std::optional<stored_state>& had,
                                  ledger_read& out) {
    if (!begun_) {
      CAUCUS_TRY(newest_, begin(*block, had, *out.known));
      begun_ = true;
      out.first = newest_.header.height;
    } else {
      CAUCUS_TRY(auto next, replay(newest_, *block, &proves_));
      newest_ = std::move(next.tip);
    }
    out.ids.push_back(block->id);
    const auto at = newest_.header.height;
    const bool is_first = block->id == digest_of(genesis_header(*of_.from)); // the genesis shows it
    loose_size_ += size_in_memory(*block);
    out.loose.push_back(std::move(block));
    const auto& shown = out.loose.back()->finalization;
    if (is_first || shown) {
      out.last = std::move(out.loose.back());
      out.loose.clear();
      loose_size_ = 0;
      out.tip = newest_;
      certificate_ = out.last->finalization;
      note(out);
    } else if (out.loose.size() > loose_max || loose_size_ > loose_size_max) {
      loose_size_ -= size_in_memory(*out.loose.back());
      out.loose.pop_back(); // only their beginning can be gone on from
    }
    return at.value() % blocks_per_look != 0 || !tell_ || tell_(folder_, at)
             ? result<void>{}
             : fail(errc::cancelled, "ended: nothing was made");
  }

  void note(ledger_read& out) const {
    if (!out.shown.empty() && out.shown.back().subject.epoch != out.tip.header.epoch) {
      out.shown.clear();
    }
    if (certificate_) {
      out.shown.push_back(*certificate_);
    }
    if (out.shown.size() > shown_max) {
      out.shown.pop_front();
    }
  }

  [[nodiscard]] result<tip_state> begin(const final_block& block, std::optional<stored_state>& had,
                                        const epoch_history& history) const {
    if (!had || had->height != block.block->header.height) {
      return tl::make_unexpected(notary_files::begins_above(block.block->header.height));
    }
    return stored_tip(block, std::exchange(had->entries, {}), of_.rules, history);
  }

  /// A certificate covers its block and all before it; the state that was stored, and what each
  /// block led to, is certified by the block above; of the last one it follows from its batches.
  [[nodiscard]] result<void> judge(const ledger_read& what, height stored_at) const {
    const auto& header = what.tip.header;
    if (!certificate_) {
      return stored_at == height{} ? result<void>{} : of_first(what);
    }
    const auto* const voters = what.known->voters.of(header.epoch);
    if (voters == nullptr || !finalizes(*certificate_, header)) {
      return uncertified(header.height);
    }
    CAUCUS_TRY_VOID(
      verify_certificate(*voters, of_.from->group, of_.network, *certificate_, of_.check));
    if (header.height <= stored_at) {
      return uncertified(stored_at);
    }
    for (const auto& one : what.last->batches) {
      CAUCUS_TRY_VOID(check_batch(of_.network, of_.from->group, *one, of_.check));
    }
    return {};
  }
  /// Without a certificate only what a network begins with is known.
  [[nodiscard]] result<void> of_first(const ledger_read& what) const {
    return what.last != nullptr && what.last->state_root == what.last->block->header.state_root
             ? result<void>{}
             : uncertified(what.tip.header.height);
  }
  [[nodiscard]] result<void> uncertified(height at) const {
    return fail(errc::bad_certificate,
                "nobody certified its state of height " + std::to_string(at.value()));
  }

  fs::path folder_;
  const survivors_network& of_;
  const lie_judge& proves_;
  const survivors_progress& tell_;
  bool begun_ = false;
  tip_state newest_;
  std::size_t loose_size_ = 0;
  std::optional<certificate> certificate_; ///< of the block that `tip` is of
};

} // namespace

result<ledger_read> read_ledger(const fs::path& folder, const survivors_network& of,
                                const lie_judge& proves, const survivors_progress& tell) {
  return ledger_reader(folder, of, proves, tell).read();
}

} // namespace caucus
