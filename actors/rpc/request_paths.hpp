#pragma once

#include "actors/rpc/control.hpp"

#include <string_view>

/// Where each request of the control API is asked for. The one list of paths: the parser finds a request by
/// it and tells it to whoever asks elsewhere, and the targets that are written begin with it.
/// Pure values.

namespace caucus {

struct request_path {
  std::string_view path;   ///< "/v1/get"; empty: the request has none, which does not compile
  std::string_view method; ///< "GET"
};

template <class Request>
inline constexpr request_path path_of{};
template <>
inline constexpr request_path path_of<control_propose>{"/v1/propose", "POST"};
template <>
inline constexpr request_path path_of<control_get>{"/v1/get", "GET"};
template <>
inline constexpr request_path path_of<control_receipt>{"/v1/receipt", "GET"};
template <>
inline constexpr request_path path_of<control_log>{"/v1/log", "GET"};
template <>
inline constexpr request_path path_of<control_status>{"/v1/status", "GET"};
template <>
inline constexpr request_path path_of<control_evidence>{"/v1/evidence", "GET"};
template <>
inline constexpr request_path path_of<control_version>{"/v1/version", "GET"};
template <>
inline constexpr request_path path_of<control_metrics>{"/metrics", "GET"};

} // namespace caucus
