#pragma once

#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/quorum.hpp"
#include "messages/result.hpp"
#include "messages/vote.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Who may vote in one epoch, and what follows from it: the quorum, the leader of a view, who a key
/// or an index is, the shape of a certificate. Whoever needs to know about members asks a
/// committee; the genesis' list of members is what the first one is made of, and nothing else reads
/// it.
/// Pure values; the functions never change one, so any thread may share it.

namespace caucus {

/// Of the genesis' members.
inline constexpr epoch first_epoch{};

class committee {
public:
  /// Nobody. Only to be assigned to.
  committee() = default;
  /// Asserts 1 <= members <= members_max. The index of a member is its place.
  committee(epoch which, std::vector<member> members);

  [[nodiscard]] epoch in_epoch() const { return epoch_; }
  [[nodiscard]] const std::vector<member>& members() const& { return members_; }
  /// Not of a temporary: it would be gone before a loop over them begins.
  [[nodiscard]] const std::vector<member>& members() && = delete;
  [[nodiscard]] std::size_t size() const { return members_.size(); }
  /// Votes that decide: n - f.
  [[nodiscard]] std::size_t quorum() const;
  /// Members that may lie, stop or collude: f = floor((n - 1) / 3).
  [[nodiscard]] std::size_t liars() const;
  /// A group of one has nobody to fetch from, and nobody else to be believed.
  [[nodiscard]] bool is_alone() const { return members_.size() == 1; }

  /// Who may propose in this view: each in turn.
  [[nodiscard]] member_index leader_of(view which) const;
  /// nullopt: no member. O(n), n <= members_max.
  [[nodiscard]] std::optional<member_index> index_of(const peer_id& peer) const;
  [[nodiscard]] bool has(const peer_id& peer) const { return index_of(peer).has_value(); }
  [[nodiscard]] bool has(member_index index) const { return index.value() < members_.size(); }
  /// Null: no member.
  [[nodiscard]] const member* find(member_index index) const&;
  [[nodiscard]] const member* find(const peer_id& peer) const&;
  [[nodiscard]] const member* find(member_index index) && = delete;
  [[nodiscard]] const member* find(const peer_id& peer) && = delete;
  /// For people; empty: no member, or one without a name.
  [[nodiscard]] std::string name_of(member_index index) const;
  [[nodiscard]] std::string name_of(const peer_id& peer) const;
  /// In the order of their indices.
  [[nodiscard]] std::vector<peer_id> peers() const;
  [[nodiscard]] std::vector<std::string> names() const;

  /// Distinct signers among the members, a quorum of them, one signature each, of this epoch, and
  /// no digest in a nullification. Says nothing about the signatures. Errors: `bad_certificate`,
  /// `wrong_epoch`.
  [[nodiscard]] result<void> check_shape(const certificate& what) const;

  friend bool operator==(const committee&, const committee&) = default;

private:
  epoch epoch_;
  std::vector<member> members_;
};

/// Of the first epoch, and of no other: who asks about a certificate asks the committee of its
/// epoch. Of a genesis without members: nobody, whose certificates have the shape of none.
[[nodiscard]] committee committee_of(const genesis& from);

/// The committees of consecutive epochs, up to the newest one that is known. Copies share them.
class committees {
public:
  /// The genesis' one alone.
  explicit committees(const genesis& from)
      : committees{std::make_shared<const committee>(committee_of(from))} {}
  /// From this one on; not null.
  explicit committees(std::shared_ptr<const committee> first) : all_{std::move(first)} {}

  /// Asserts that it is of the epoch behind the newest one.
  void add(std::shared_ptr<const committee> next);
  /// Null: it is not known.
  [[nodiscard]] const committee* of(epoch which) const { return share(which).get(); }
  [[nodiscard]] std::shared_ptr<const committee> share(epoch which) const;
  [[nodiscard]] const committee& newest() const { return *all_.back(); }
  [[nodiscard]] std::size_t size() const { return all_.size(); }

private:
  std::vector<std::shared_ptr<const committee>> all_; ///< not empty, none null
};

} // namespace caucus
