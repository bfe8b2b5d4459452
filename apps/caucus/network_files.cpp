#include "apps/caucus/network_files.hpp"

#include "runtime/base/text.hpp"
#include "runtime/clock.hpp"
#include "runtime/config_value.hpp"
#include "runtime/file.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/identity.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace caucus::cli {

namespace {

constexpr std::string_view time_remark = " # when `caucus init` made this: the file gave no time";

namespace fs = std::filesystem;

result<void> make_folder(const fs::path& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) {
    return fail(errc::io_failed,
                "cannot make the folder " + path.string() + ": " + failed.message());
  }
  return {};
}

result<void> must_be_free(const fs::path& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored)) {
    return fail(errc::file_exists,
                path.string()
                  + " is there already and is not overwritten; choose another folder, "
                    "or remove it if nothing in it is needed");
  }
  return {};
}

result<std::string> make_identity_in(const fs::path& folder) {
  auto key = make_identity();
  if (!key) {
    return tl::make_unexpected(key.error());
  }
  if (const auto saved = save_identity(*key, folder / "identity.key"); !saved) {
    return tl::make_unexpected(saved.error());
  }
  return to_text(key->id());
}

std::string node_text(const group_plan& plan, unsigned index) {
  return "# One node of a caucus network. All keys: caucus node --config THIS --print-config\n"
         "[node]\ngenesis = \"../genesis.toml\"\n\n[net]\nhostname = "
         + toml_text(plan.hostname) + "\nport = " + std::to_string(plan.base_port + index) + "\n"
         + plan.extra;
}

std::string member_text(const group_plan& plan, unsigned index, const std::string& id) {
  return "\n[[members]]\nname = \"node" + std::to_string(index) + "\"\nid = \"" + id
         + "\"\naddress = \"" + plan.hostname + ":" + std::to_string(plan.base_port + index)
         + "\"\n";
}

/// The genesis as text, still without members.
result<std::string> start_text(const group_plan& plan) {
  if (plan.variables.empty() && !plan.genesis.empty()) {
    auto text = read_file(plan.genesis, {.what = "the genesis", .size_max = genesis_size_max});
    if (text && text->find("[[members]]") != std::string::npos) {
      return fail(errc::file_malformed,
                  plan.genesis.string()
                    + " names members already, whose keys cannot be made here; "
                      "leave out [[members]]: init adds its own nodes");
    }
    if (text && !text->empty() && text->back() != '\n') {
      *text += '\n';
    }
    return text;
  }
  genesis from;
  from.name = "caucus";
  from.time = system_now();
  from.variables = plan.variables.empty() ? default_variables() : plan.variables;
  return print_genesis(from);
}

/// With a stranger's id, before anything is written. A text without a time gets the present.
result<void> judge_start(const group_plan& plan, std::string& text) {
  const auto whole = text + member_text(plan, 0, to_text(peer_id{{std::byte{1}}}));
  const auto file = plan.genesis.empty() ? "genesis.toml" : plan.genesis.string();
  const auto now = system_now();
  if (const auto judged = parse_genesis(whole, file, now); !judged) {
    return tl::make_unexpected(judged.error());
  }
  if (!parse_genesis(whole, file)) { // only now, as errors name the lines of the file
    text.insert(0, "time_ms = " + std::to_string(now.count()) + std::string{time_remark} + "\n");
  }
  return {};
}

} // namespace

std::vector<variable_declaration> default_variables() {
  variable_declaration score;
  score.name = "score";
  score.kind = variable_kind::counter;
  score.min = 0;
  score.step_max = 10;
  variable_declaration motto;
  motto.name = "motto";
  motto.kind = variable_kind::reg;
  variable_declaration tags;
  tags.name = "tags";
  tags.kind = variable_kind::set;
  variable_declaration profile;
  profile.name = "profile";
  profile.kind = variable_kind::map;
  profile.who = writers::own_entries;
  return {score, motto, tags, profile};
}

result<std::vector<std::string>> make_group(const group_plan& plan) {
  if (plan.base_port + plan.nodes - 1 > 65'535) {
    return fail(errc::value_out_of_range, "ports " + std::to_string(plan.base_port) + " to "
                                            + std::to_string(plan.base_port + plan.nodes - 1)
                                            + " do not exist; choose a --base-port of at most "
                                            + std::to_string(65'536 - plan.nodes));
  }
  auto text = start_text(plan);
  if (!text) {
    return tl::make_unexpected(text.error());
  }
  auto free = must_be_free(plan.directory / "genesis.toml");
  for (unsigned i = 0; i < plan.nodes && free; ++i) {
    free = must_be_free(plan.directory / ("node" + std::to_string(i)));
  }
  if (!free) {
    return tl::make_unexpected(free.error());
  }
  if (const auto judged = judge_start(plan, *text); !judged) {
    return tl::make_unexpected(judged.error());
  }
  std::vector<std::string> ids;
  for (unsigned i = 0; i < plan.nodes; ++i) {
    const auto folder = plan.directory / ("node" + std::to_string(i));
    result<void> done = make_folder(folder);
    auto id = done ? make_identity_in(folder) : tl::make_unexpected(done.error());
    if (!id) {
      return tl::make_unexpected(id.error());
    }
    *text += member_text(plan, i, *id);
    done = write_new_file(folder / "node.toml", node_text(plan, i));
    if (!done) {
      return tl::make_unexpected(done.error());
    }
    ids.push_back(std::move(*id));
  }
  if (const auto done = write_new_file(plan.directory / "genesis.toml", *text); !done) {
    return tl::make_unexpected(done.error());
  }
  return ids;
}

result<std::string> make_client(const client_plan& plan) {
  if (plan.join.empty()) {
    return fail(errc::bad_request,
                "--join is missing: give --join HOST:PORT of a node, 127.0.0.1:7400 say");
  }
  if (!is_address(plan.join)) {
    return fail(errc::bad_request,
                "--join is '" + plan.join + "'; give HOST:PORT of a node, 127.0.0.1:7400 say");
  }
  if (plan.genesis.empty()) {
    return fail(errc::bad_request,
                "--join needs --genesis FILE, the network's genesis.toml: ask its operator for it");
  }
  const auto from = load_genesis(plan.genesis);
  auto text = read_file(plan.genesis, {.what = "the genesis", .size_max = genesis_size_max});
  if (!from || !text) {
    return tl::make_unexpected(!from ? from.error() : text.error());
  }
  for (const auto* const name : {"node.toml", "identity.key", "genesis.toml"}) {
    if (const auto free = must_be_free(plan.directory / name); !free) {
      return tl::make_unexpected(free.error());
    }
  }
  result<void> done = make_folder(plan.directory);
  auto id = done ? make_identity_in(plan.directory) : tl::make_unexpected(done.error());
  if (!id) {
    return id;
  }
  const std::string listening =
    plan.port ? "hostname = \"127.0.0.1\"\nport = " + std::to_string(*plan.port) + "\n"
              : "# without a port it listens nowhere\n";
  done = write_new_file(plan.directory / "genesis.toml", *text);
  if (done) {
    done = write_new_file(
      plan.directory / "node.toml",
      "# A client of a caucus network. All keys: caucus node --config THIS --print-config\n"
      "[node]\nmode = \"client\"\ngenesis = \"genesis.toml\"\n\n[net]\n"
        + listening + "join = [" + toml_text(plan.join) + "]\n");
  }
  if (!done) {
    return tl::make_unexpected(done.error());
  }
  return id;
}

} // namespace caucus::cli
