#pragma once

/// Handlers of a variant's kinds, one callable for std::visit: `std::visit(overloaded{...}, what)`. Each kind
/// needs one, so the compiler finds what is forgotten. Pure.

namespace caucus {

template <class... Handlers>
struct overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
overloaded(Handlers...) -> overloaded<Handlers...>;

} // namespace caucus
