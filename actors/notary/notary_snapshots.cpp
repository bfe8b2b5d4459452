#include "actors/notary/group_entries.hpp"
#include "actors/notary/notary_actor.hpp"
#include "actors/notary/rule_set.hpp"
#include "actors/notary/snapshot_install.hpp"
#include "runtime/log.hpp"
#include "runtime/no_restart.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

/// How a state that others gave becomes this node's: its check, its file, and the life that ends so
/// that the next one takes it.

namespace caucus {

namespace {

constexpr auto snapshot_time = std::chrono::hours{24}; // as long as the disk takes

} // namespace

void notary_actor::take_snapshot(const notary_actor_setup& setup) {
  const snapshot_network of{from_.get(), setup.network, scheme_.verify};
  const auto taken = take_ready(setup.folder, of, setup.key->id(), setup.storage);
  if (!taken) {
    throw_error("the fetched state: ", taken.error());
  }
  if (taken->delayed) {
    log("notary", log_level::error,
        "the state that others gave is not taken, until the next start: "
          + to_string(*taken->delayed));
    fetches_ = false;
  } else if (taken->height > height{}) {
    const auto& aside = taken->replaced;
    log("notary", log_level::warn,
        "goes on from the state behind block " + std::to_string(taken->height.value())
          + ", which others gave"
          + (aside.empty() ? std::string{}
                           : "; what was here before is in " + aside.string()
                               + ", and nothing needs it any more"));
  }
}

void notary_actor::submit(snapshot_asked what, std::function<snapshot_done()> work) {
  if (!snapshots_.try_submit(what, std::move(work), around_.now() + snapshot_time)) {
    shell_.apply_later(end_of(what, tl::make_unexpected(error{errc::busy, "other work"})));
  }
}

notary_in::event notary_actor::end_of(snapshot_asked what, result<snapshot_done> how) {
  auto done = how ? std::move(how->how) : tl::make_unexpected(how.error());
  if (what.check) {
    return notary_in::snapshot_checked{*what.check, std::move(done)};
  }
  return notary_in::snapshot_refused{done ? error{} : std::move(done.error())};
}

void notary_actor::snapshot_ended(snapshot_asked what, result<snapshot_done> how) {
  if (!what.check && how && how->how) {
    if (core_.final_height() < what.at) {
      part_.remove();
      begins_anew_ = true;
      return;
    }
    how->how = fail(errc::not_yet, "the ledger has passed it"); // the next start leaves it out
  }
  if (!what.check) {
    log_once_per("notary/snapshot", std::chrono::seconds{60}, "notary", log_level::error,
                 "the state that others gave is not taken: "
                   + to_string(how ? how->how.error() : how.error()));
  }
  shell_.apply(end_of(what, std::move(how)));
}

/// Not before all is on the disk that the state's own blocks would have told.
void notary_actor::begin_anew() {
  throw another_life{"begins anew from the state that others gave"};
}

void notary_actor::perform(notary_out::check_snapshot& what) {
  submit({what.token, {}}, [from = from_, network = core_.setup().network, verify = scheme_.verify,
                            all = std::move(what.what)] {
    return snapshot_done{check_certified_block(*all, {from.get(), network, verify})};
  });
}

void notary_actor::perform(notary_out::keep_snapshot_part& what) {
  if (what.entries.empty()) {
    return part_.remove();
  }
  part_.add(what.entries);
}

void notary_actor::perform(notary_out::install_snapshot& what) {
  const snapshot_asked asked{std::nullopt, what.what->height};
  // What is here stays, until a program that could go on from it.
  const auto& brought = *core_.setup().rules->brought();
  if (auto has = has_rules(brought, code_in(what.what->entries)); !has) {
    log_once_per("notary/snapshot", std::chrono::seconds{60}, "notary", log_level::error,
                 "the state that others gave is not taken: " + to_string(has.error()));
    return shell_.apply_later(notary_in::snapshot_refused{std::move(has.error())});
  }
  submit(asked, [from = from_, network = core_.setup().network, verify = scheme_.verify,
                 folder = folder_, on = storage_, all = std::move(what.what)] {
    return snapshot_done{make_ready(*all, {from.get(), network, verify}, folder, on)};
  });
}

} // namespace caucus
