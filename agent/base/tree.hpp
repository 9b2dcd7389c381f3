// tree.hpp: the one in-memory tree for INI and XML documents: a boost::property_tree whose data carries the
// text and the place (file, line) it came from, so that every later error can name it. PropertyTree's own
// parsers and its dotted paths are never used (they misread Supervisor's dialect; keys contain dots): only
// these functions, push_back and iteration. Built by config/ini_document and wire/xml_document, read by
// config and rules.
#pragma once

#include <boost/property_tree/ptree.hpp>
#include <string>
#include <string_view>

namespace holdfast {

/// The text of one node and where it stands. `line` counts from 1; 0 = made, not read.
struct TreeText {
  std::string text;
  std::string file;
  int line = 0;
};

using Tree = boost::property_tree::basic_ptree<std::string, TreeText>;

/// The first child called `name`, or nullptr. No path: a dot is a letter like any other.
inline const Tree* find_child(const Tree& tree, std::string_view name) {
  const auto found = tree.find(std::string(name));
  return found == tree.not_found() ? nullptr : &found->second;
}

inline Tree* find_child(Tree& tree, std::string_view name) {
  const auto found = tree.find(std::string(name));
  return found == tree.not_found() ? nullptr : &found->second;
}

/// Appends a child (a second one of the same name is a second child) and returns it.
inline Tree& add_child(Tree& tree, std::string name, TreeText data) {
  Tree& child = tree.push_back({std::move(name), Tree()})->second;  // empty, for it is copied there
  child.data() = std::move(data);
  return child;
}

/// `file:line`, for errors.
inline std::string place_of(const Tree& tree) {
  return tree.data().file + ":" + std::to_string(tree.data().line);
}

}  // namespace holdfast
