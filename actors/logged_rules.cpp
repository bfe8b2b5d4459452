#include "actors/logged_rules.hpp"

#include "runtime/log.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <string>
#include <utility>

namespace caucus {

namespace {

/// A rule that always throws does so for each mutation, which anybody may propose.
constexpr std::chrono::seconds log_interval{600};
/// An exception may quote a mutation's arguments.
constexpr std::size_t shown_size_max = 500;

void warn(const std::string& where, std::string what) {
  what.resize(std::min(what.size(), shown_size_max));
  log_once_per("rules/" + where + "/" + what, log_interval, "rules", log_level::warn,
               where + " threw: " + what);
}

/// What it throws is logged, and thrown.
template <class Call>
result<void> telling(const std::string& where, const Call& call) {
  try {
    return call();
  } catch (const std::exception& thrown) {
    warn(where, thrown.what());
    throw;
  } catch (...) {
    warn(where, "no std::exception");
    throw;
  }
}

migration logged(const migration& what, const std::string& name) {
  return [where = "the migration of " + name, inner = what](state_migration& on) {
    return telling(where, [&] { return inner(on); });
  };
}

} // namespace

rules logged(const rules& with) {
  rules out{with.name(), with.version()};
  for (const auto& one : with.former()) {
    out.after(logged(one));
  }
  out.on_change(with.migrates() ? logged(with.migrates(), with.name()) : migration{});
  for (const auto& one : with.entries()) {
    if (!one.rule) { // compile_rules() says so
      out.on(one.variable, one.operation, one.rule);
      continue;
    }
    out.on(one.variable, one.operation,
           [where = "the rule of " + one.variable + " " + one.operation,
            inner = one.rule](state_edit& on, const call& by) {
             return telling(where, [&] { return inner(on, by); });
           });
  }
  return out;
}

} // namespace caucus
