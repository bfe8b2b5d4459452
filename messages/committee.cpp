#include "messages/committee.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace caucus {

committee::committee(epoch which, std::vector<member> members)
    : epoch_{which}, members_{std::move(members)} {
  if (members_.empty() || members_.size() > members_max) {
    std::abort(); // messages/ stands below runtime/base and its assertions
  }
}

std::size_t committee::quorum() const {
  return caucus::quorum(static_cast<std::uint16_t>(members_.size()));
}

std::size_t committee::liars() const {
  return liars_max(static_cast<std::uint16_t>(members_.size()));
}

member_index committee::leader_of(view which) const {
  return member_index{static_cast<member_index::number>(which.value() % members_.size())};
}

std::optional<member_index> committee::index_of(const peer_id& peer) const {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const member& each) { return each.peer == peer; });
  return found == members_.end() ? std::nullopt
                                 : std::optional{member_index{
                                   static_cast<member_index::number>(found - members_.begin())}};
}

const member* committee::find(member_index index) const& {
  return has(index) ? &members_[index.value()] : nullptr;
}

const member* committee::find(const peer_id& peer) const& {
  const auto index = index_of(peer);
  return index ? find(*index) : nullptr;
}

std::string committee::name_of(member_index index) const {
  const auto* const found = find(index);
  return found == nullptr ? std::string{} : found->name;
}

std::string committee::name_of(const peer_id& peer) const {
  const auto* const found = find(peer);
  return found == nullptr ? std::string{} : found->name;
}

std::vector<peer_id> committee::peers() const {
  std::vector<peer_id> out;
  out.reserve(members_.size());
  std::transform(members_.begin(), members_.end(), std::back_inserter(out),
                 [](const member& each) { return each.peer; });
  return out;
}

std::vector<std::string> committee::names() const {
  std::vector<std::string> out;
  out.reserve(members_.size());
  std::transform(members_.begin(), members_.end(), std::back_inserter(out),
                 [](const member& each) { return each.name; });
  return out;
}

result<void> committee::check_shape(const certificate& what) const {
  const auto signers = static_cast<std::size_t>(std::popcount(what.signers));
  const bool only_members =
    members_.size() >= 64 || (what.signers >> static_cast<unsigned>(members_.size())) == 0;
  if (what.subject.epoch != epoch_) {
    return fail(errc::wrong_epoch);
  }
  if (members_.empty() || !only_members || signers < quorum()
      || what.signatures.size() != signers) {
    return fail(errc::bad_certificate, "signers");
  }
  if (what.subject.kind == vote_kind::nullify && !what.subject.digest.is_zero()) {
    return fail(errc::bad_certificate, "a nullification with a digest");
  }
  return {};
}

committee committee_of(const genesis& from) {
  if (from.members.empty()) {
    return {}; // as a program's own may be; one that was read has some
  }
  return {first_epoch, from.members};
}

void committees::add(std::shared_ptr<const committee> next) {
  if (next->in_epoch() != newest().in_epoch().next()) {
    std::abort(); // as above
  }
  all_.push_back(std::move(next));
}

std::shared_ptr<const committee> committees::share(epoch which) const {
  const auto first = all_.front()->in_epoch();
  const auto last = all_.back()->in_epoch();
  return which < first || which > last ? nullptr : all_[which.value() - first.value()];
}

} // namespace caucus
