#pragma once

#include "messages/block.hpp"
#include "messages/committee.hpp"
#include "messages/ids.hpp"
#include "messages/proof.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

/// What members have attested for one fresh read. All of it is verified before it comes here.
/// Pure.

namespace caucus {

class fresh_claim {
public:
  /// `voters`: of the epoch in which the members are asked.
  fresh_claim(committee voters, const fresh_nonce& nonce)
      : voters_{std::move(voters)}, nonce_{nonce} {}

  [[nodiscard]] const fresh_nonce& nonce() const { return nonce_; }
  [[nodiscard]] epoch in() const { return voters_.in_epoch(); }

  /// Neither attested nor asked at the moment.
  [[nodiscard]] bool wants(member_index who) const {
    return !words_.contains(who) && !asked_.contains(who);
  }
  void asked(member_index who) { asked_.insert(who); }
  /// Its question ended without an attestation.
  void refused(member_index who, errc why) {
    asked_.erase(who);
    why_[who] = why;
  }
  /// Replaces none: the first one counts.
  void attested(const attestation& what) {
    asked_.erase(what.signer);
    words_.emplace(what.signer, what);
  }

  /// That header is notarized: a certificate of it was verified.
  void shown(const digest& bound) { shown_.insert(bound); }
  [[nodiscard]] bool is_shown(const digest& bound) const { return shown_.contains(bound); }

  /// Enough members attested.
  [[nodiscard]] bool enough() const;
  /// A quorum attests no more than an answer under `certified`, which is final, shows: all who do.
  /// None: not yet.
  [[nodiscard]] std::optional<freshness> proof(const block_header& certified) const;
  /// Of the header under which an answer may be fresh, at the least. Precondition: enough().
  [[nodiscard]] height least() const;
  /// For people: who attested nothing, and why.
  [[nodiscard]] std::string missing() const;
  [[nodiscard]] std::size_t count() const { return words_.size(); }

private:
  committee voters_;
  fresh_nonce nonce_;
  std::map<member_index, attestation> words_;
  std::set<member_index> asked_;
  std::map<member_index, errc> why_; ///< the last end of a question
  std::set<digest> shown_;
};

} // namespace caucus
