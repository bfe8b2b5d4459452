#pragma once

#include "actors/notary/notary_files.hpp"
#include "actors/notary/records.hpp"
#include "actors/notary/snapshot_check.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

/// A network's state as one file, to put a node's folder together again, or a newcomer's, without
/// all blocks. Who loads it needs the genesis, and trusts no more than who follows the chain from
/// there: the state is one that the group certified, of whatever age; of long ago, whoever has
/// stolen a quorum's keys of that time can make one.
/// Any thread; blocks on the disk, and holds the whole state in memory, twice while it is checked.
///
///     file    = append_log of the magic "caucusS\n"; records, each a kind byte, then:
///     1 head    network 32 | height u64 | entries u64
///     2 closing what ended an epoch, in order: all of them
///     3 block   the block of that height, as ledger.log has it
///     4 above   a chain_page of headers: its child and on, up to the first with a finalization
///     5 entries of the state behind the block: (variable u16 | key | value)*, 1 MiB or one
///     6 end
///
/// Where a network goes on from another the first of these is the state that its genesis names: its
/// block is the genesis', and nothing is above it.
///
/// No journal and no key is in it, so two nodes may load it, and neither contradicts itself: a
/// member without its journals asks the others what it may have signed.

namespace caucus {

struct snapshot_facts {
  caucus::height height; ///< the state is that behind this block
  caucus::epoch epoch;   ///< of the block that certifies it
  wall_ms time{0};       ///< of the block
  digest state_root;
  std::uint64_t entries = 0;
  std::uint64_t size = 0; ///< bytes of the file
};

/// Of a node's folder, whether it runs or not; what is saved is what loads. Errors: not_yet
/// (nothing is stored, or no block above certifies it yet, or the block cannot be shown),
/// file_exists, cancelled, those of the folder's files and of the disk. No file is left of a try
/// that failed.
[[nodiscard]] result<snapshot_facts> save_snapshot(const std::filesystem::path& folder,
                                                   const snapshot_network& of,
                                                   const std::filesystem::path& file,
                                                   const snapshot_progress& tell = {});

/// What a network begins with that goes on from another. `entries`: of the state that its genesis
/// names, by path; of another one the file does not load. `mutations`: executed before. Errors: as
/// save_snapshot(), of the disk.
[[nodiscard]] result<snapshot_facts> save_first_state(std::vector<state_entry> entries,
                                                      std::uint64_t mutations,
                                                      const snapshot_network& of,
                                                      const std::filesystem::path& file,
                                                      const snapshot_progress& tell = {});

/// Into the folder of a node that does not run: ledger.log, state.sqlite and epochs.log, and
/// journals that hold nothing where there are none. Errors: file_exists (the folder has a ledger or
/// a state), wrong_network, bad_proof, bad_certificate (it is not what the group certified),
/// bad_checksum, file_malformed, cancelled, those of the disk. Nothing of the ledger and the state
/// is there before all is. `which`: first_alone: folder_contradicts for any but that with which a
/// network begins that goes on from another.
enum class loadable : std::uint8_t { any, first_alone };
[[nodiscard]] result<snapshot_facts> load_snapshot(const std::filesystem::path& file,
                                                   const snapshot_network& of,
                                                   const std::filesystem::path& folder,
                                                   const snapshot_progress& tell = {},
                                                   loadable which = loadable::any);

/// Its steps, on a disk that may be another than the system's. What the file holds, checked.
/// Errors: as load_snapshot()'s of the file.
[[nodiscard]] result<snapshot_contents> read_snapshot(const std::filesystem::path& file,
                                                      const snapshot_network& of,
                                                      const snapshot_progress& tell = {},
                                                      loadable which = loadable::any,
                                                      const notary_storage& on = {});
/// Unchecked, over whatever is there; whole, or not at all. Errors: those of the disk.
[[nodiscard]] result<void> write_snapshot(const snapshot_contents& all, const network_id& network,
                                          const std::filesystem::path& file,
                                          const notary_storage& on = {});
/// A node's files of it; `make_room` is called when all are written, before the first one is moved
/// into the folder. Errors: its, those of the disk.
[[nodiscard]] result<void> unpack_snapshot(snapshot_contents all,
                                           const std::filesystem::path& folder,
                                           const std::function<result<void>()>& make_room,
                                           const notary_storage& on = {});

} // namespace caucus
