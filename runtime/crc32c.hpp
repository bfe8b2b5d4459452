#pragma once

#include "messages/bytes.hpp"

#include <cstdint>

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4): finds what disks and crashes do to a record. No
/// protection against anyone.
/// Pure; any thread.

namespace caucus {

/// Of `what` behind what gave `before`; 0 to start. About 10 GB/s with SSE 4.2, else 1.
[[nodiscard]] std::uint32_t crc32c(bytes_view what, std::uint32_t before = 0);

/// The same without the processor's help: what other machines use, and what a test compares.
[[nodiscard]] std::uint32_t crc32c_portable(bytes_view what, std::uint32_t before = 0);

} // namespace caucus
