#include "actors/notary/mutation_reader.hpp"

#include "runtime/base/little_endian.hpp"

#include <string>

namespace caucus {

namespace {

template <class Number>
bool take(bytes_view& from, Number& out) {
  if (from.size() < sizeof(Number)) {
    return false;
  }
  out = from_little_endian<Number>(from);
  from = from.subspan(sizeof(Number));
  return true;
}

std::optional<errc> take_argument(bytes_view& from, argument_view& out) {
  std::uint8_t index = 0;
  if (!take(from, index)) {
    return errc::truncated;
  }
  if (index > 1) {
    return errc::out_of_range;
  }
  if (index == 0) {
    out.kind = argument_kind::integer;
    out.byte_string = {};
    return take(from, out.integer) ? std::nullopt : std::optional{errc::truncated};
  }
  std::uint32_t size = 0;
  if (!take(from, size)) {
    return errc::truncated;
  }
  if (size > argument_size_max || size > from.size()) {
    return errc::too_long;
  }
  out.kind = argument_kind::byte_string;
  out.integer = 0;
  out.byte_string = from.first(size);
  from = from.subspan(size);
  return std::nullopt;
}

} // namespace

std::optional<errc> read_mutation(bytes_view from, mutation_view& out) {
  if (from.size() > mutation_size_max) {
    return errc::too_long;
  }
  variable_id::number variable = 0;
  operation_id::number operation = 0;
  std::uint32_t count = 0;
  if (!take(from, variable) || !take(from, operation) || !take(from, count)) {
    return errc::truncated;
  }
  out.of_group = count == group_mutation_mark;
  if (out.of_group && !take(from, count)) {
    return errc::truncated;
  }
  if (out.of_group && variable != 0) {
    return errc::out_of_range;
  }
  if (count > arguments_max) {
    return errc::too_long;
  }
  out.variable = variable_id{variable};
  out.operation = operation_id{operation};
  out.argument_count = static_cast<std::uint8_t>(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto failure = take_argument(from, out.all[i])) {
      return failure;
    }
  }
  return from.empty() ? std::nullopt : std::optional{errc::trailing_bytes};
}

bytes_view body_reader::next() {
  if (left_.empty() || bad_) {
    return {};
  }
  auto rest = left_;
  std::uint32_t size = 0;
  if (!take(rest, size) || size == 0 || size > mutation_size_max || size > rest.size()) {
    bad_ = true;
    return {};
  }
  left_ = rest.subspan(size);
  return rest.first(size);
}

void append_mutation(bytes& body, bytes_view encoded) {
  append_little_endian(body, static_cast<std::uint32_t>(encoded.size()));
  body.insert(body.end(), encoded.begin(), encoded.end());
}

result<void> check_body(const batch_header& header, bytes_view body) {
  if (header.number.value() == 0 || header.mutation_count == 0
      || header.mutation_count > mutations_per_batch_max || body.size() > batch_body_size_max
      || header.body_size != body.size()) {
    return fail(errc::bad_batch, "its header's sizes");
  }
  body_reader reader{body};
  mutation_view one_read;
  std::uint32_t count = 0;
  while (!reader.done()) {
    const auto one = reader.next();
    if (reader.bad() || ++count > header.mutation_count || read_mutation(one, one_read)) {
      return fail(errc::bad_batch, "mutation " + std::to_string(count) + " is none");
    }
  }
  if (count != header.mutation_count) {
    return fail(errc::bad_batch, std::to_string(count) + " mutations, its header says "
                                   + std::to_string(header.mutation_count));
  }
  return {};
}

mutation to_mutation(const mutation_view& from) {
  mutation out{from.variable, from.operation, {}, from.of_group};
  out.arguments.reserve(from.argument_count);
  for (const auto& one : from.arguments()) {
    if (one.kind == argument_kind::integer) {
      out.arguments.emplace_back(one.integer);
    } else {
      out.arguments.emplace_back(bytes{one.byte_string.begin(), one.byte_string.end()});
    }
  }
  return out;
}

} // namespace caucus
