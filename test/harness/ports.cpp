#include "test/harness/ports.hpp"

#include "test/harness/must.hpp"

namespace caucus::harness {

port_lease::port_lease(std::size_t count) : ports_{must(local_ports::take(count))} {}

} // namespace caucus::harness
