#pragma once

#include <concepts>

/// Handlers of a variant's kinds, one callable for std::visit: `std::visit(overloaded{...}, what)`.
/// Each kind needs one, so the compiler finds what is forgotten. No handler takes `auto`, which
/// would take new kinds too: kinds that are nothing to a place are named there,
/// `ignored<link_down, link_refused>{}`. Pure.

namespace caucus {

template <class... Handlers>
struct overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
overloaded(Handlers...) -> overloaded<Handlers...>;

/// A handler that does nothing, of each of these kinds.
template <class... Kinds>
struct ignored {
  template <class Kind>
  requires(std::same_as<Kind, Kinds> || ...) void operator()(const Kind& /*what*/) const {}
};

} // namespace caucus
