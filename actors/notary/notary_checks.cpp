#include "actors/notary/batch_check.hpp"
#include "actors/notary/freshness.hpp"
#include "actors/notary/notary_actor.hpp"

#include <chrono>
#include <utility>

/// Checks of signatures and proofs: on the pool, and here where that has no room.

namespace caucus {

namespace {

constexpr auto check_time = std::chrono::seconds{10};

} // namespace

void notary_actor::submit(check_asked what, const std::function<check_done()>& work) {
  if (!checks_.try_submit(what, work, around_.now() + check_time)) {
    shell_.apply_later(end_of(what, work())); // all slots are taken
  }
}

notary_in::event notary_actor::end_of(check_asked what, result<check_done> how) {
  if (what.kind == checked::answer) {
    return notary_in::answer_checked{what.token, how ? std::move(how->answer)
                                                     : tl::make_unexpected(how.error())};
  }
  auto plain = how ? std::move(how->plain) : tl::make_unexpected(how.error());
  if (what.kind == checked::attestation) {
    return notary_in::attestation_checked{what.token, std::move(plain)};
  }
  return notary_in::batch_checked{what.token, std::move(plain)};
}

void notary_actor::perform(notary_out::check_batch& what) {
  const auto& setup = core_.setup();
  submit({what.token, checked::batch}, [network = setup.network, group = setup.genesis.group,
                                        verify = scheme_.verify, one = std::move(what.batch)] {
    return check_done{check_batch(network, group, *one, verify), {verified_answer{}}};
  });
}

void notary_actor::perform(notary_out::check_answer& what) {
  const auto& setup = core_.setup();
  submit({what.token, checked::answer},
         [from = from_, network = setup.network, verify = scheme_.verify,
          one = std::move(what.answer), history = std::move(what.history)] {
           return check_done{
             {}, verify_answer(*from, history->voters, network, *one, verify, count_alone::taken)};
         });
}

void notary_actor::perform(notary_out::check_attestation& what) {
  const auto& setup = core_.setup();
  const auto token = what.token;
  submit({token, checked::attestation}, [from = from_, network = setup.network,
                                         verify = scheme_.verify, asked = std::move(what)] {
    const auto& given = *asked.response;
    return check_done{
      verify_attestation(*from, asked.history->voters, network, asked.nonce,
                         {given.epoch, *given.attestation, asked.shown ? &*given.shown : nullptr},
                         verify),
      {verified_answer{}}};
  });
}

} // namespace caucus
