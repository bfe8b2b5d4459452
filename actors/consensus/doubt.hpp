#pragma once

#include "messages/committee.hpp"
#include "messages/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

/// A member that does not know all that it signed: its journal is gone, lost its end, or is older
/// than what others hold of its words. It votes again once enough others have shown how far the
/// group had come.
/// Pure. Time: O(members) a call.
///
/// Why it is safe. Let v be the newest view in which it signed anything. It had entered v, so q
/// members had signed in v - 1, at least f honest others among them; each of those had entered v -
/// 1, and its journal keeps the certificate by which. Of n - 1 others 2f + 1 answer, so one of
/// those f does, and shows that it entered v - 1 or a later view. So nothing was signed above 1 +
/// the highest view shown. Shown means by a certificate: else one liar could silence an honest
/// member for ever. A liar that shows too little is among the f.
///
/// An answer of a member that is in doubt itself counts if only its journal's end was cut off: what
/// a power cut tore off was not synced and binds nobody, and whose disk lost more is one of the f.
/// Else a group whose power failed could never go on; where more than f ends were torn in one view
/// it needs its operator all the same, see README.md. One whose journal is older has lost what was
/// synced: its answer counts for no more than that of one whose journal is gone.

namespace caucus::voting {

class doubt {
public:
  explicit doubt(const committee& voters)
      : members_{voters.size()}, quorum_{voters.quorum()}, liars_{voters.liars()} {}

  enum class cause : std::uint8_t {
    none,
    cut,   ///< the journal's end was cut off, and nobody knows what it was
    older, ///< it signed what the journal lacks: that is an older copy, or lost what was synced
    blank, ///< nothing at all is known: a lost disk, or a member that never ran
  };
  void open(cause why);
  void close();
  [[nodiscard]] bool is_open() const { return why_ != cause::none; }
  [[nodiscard]] cause why() const { return why_; }
  /// Of what was durable once, something is not known.
  [[nodiscard]] bool forgot() const { return why_ >= cause::older; }

  struct word {
    view entered; ///< that its certificate proves
    bool blank = false;
    bool knows_asker = false; ///< it knows of something that we signed
  };
  /// A member answered: its last word counts.
  void answered(member_index who, const word& said);
  /// The highest view that anybody showed.
  [[nodiscard]] view highest() const { return highest_; }

  /// No vote in views up to it, and the doubt is over. None: too few have answered.
  /// A blank member of which a quorum, itself counted, has never heard is new, and votes at once:
  /// so a group begins, where nobody could answer for another, and so does one whose machine is set
  /// up later. Had it voted all the same, it is one double voter, and the group bears f.
  [[nodiscard]] std::optional<view> over() const;
  [[nodiscard]] bool is_new() const;
  /// Nobody has said yet that it knows of something which this member signed.
  [[nodiscard]] bool may_be_new() const;
  [[nodiscard]] std::size_t answer_count() const { return words_.size(); }

  /// Of those whose answers count; how many must answer.
  [[nodiscard]] std::vector<member_index> heard() const;
  [[nodiscard]] std::size_t needed() const;

private:
  std::size_t members_;
  std::size_t quorum_;
  std::size_t liars_;
  cause why_ = cause::none;
  bool was_seen_ = false; ///< something that we signed, and know nothing of
  std::map<member_index, word> words_;
  view highest_;
};

} // namespace caucus::voting
