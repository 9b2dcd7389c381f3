// xml_document.hpp: the only XML reader of the product (libxml2). A document is refused when it has a DTD of
// any kind (so no entities, no external files), is too large or too deep; nothing is fetched from anywhere.
// Text is never trimmed. Errors name file:line. Used by the rules loader (with an XmlSchema) and by the
// XML-RPC codec. Pure: reads only what it is given, except load(), which reads the named file. Any one object
// is used by one thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/tree.hpp"

// libxml2's types, so that no other header of ours includes it.
struct _xmlDoc;
struct _xmlSchema;

namespace holdfast::wire {

/// What a document may be at most.
struct XmlLimits {
  std::size_t bytes = limits::xml_document_bytes;
  std::size_t elements = limits::xml_elements;
  int depth = limits::xml_depth;
};

/// One parsed document that has passed every check above. Movable.
class XmlDocument {
 public:
  /// Parses `text`; `file` is only the name that errors and tree nodes carry.
  static Result<XmlDocument> parse(std::string_view text, std::string file);
  static Result<XmlDocument> parse(std::string_view text, std::string file, const XmlLimits& limits);
  /// Reads and parses a file of at most limits::xml_document_bytes.
  static Result<XmlDocument> load(const std::string& path);

  XmlDocument(XmlDocument&&) noexcept = default;
  XmlDocument& operator=(XmlDocument&&) noexcept = default;

  /// The document as a tree: the returned node has one child, the root element. An element's children are its
  /// elements in order; its attributes are children of a first child named "<xmlattr>" (as PropertyTree
  /// does); its text (all its text and CDATA pieces joined, comments left out) stands in data().text;
  /// data().file and .line say where.
  [[nodiscard]] Tree to_tree() const;

  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] _xmlDoc* handle() const { return doc_.get(); }

 private:
  struct Free {
    void operator()(_xmlDoc* doc) const;
  };

  XmlDocument(_xmlDoc* doc, std::string file) : doc_(doc), file_(std::move(file)) {}

  std::unique_ptr<_xmlDoc, Free> doc_;
  std::string file_;
};

/// The name of the child that holds an element's attributes.
inline constexpr std::string_view kXmlAttributes = "<xmlattr>";

/// The value of `element`'s attribute, or nullptr.
const TreeText* find_attribute(const Tree& element, std::string_view name);

/// Parse and convert at once.
Result<Tree> read_xml(std::string_view text, std::string file);
Result<Tree> read_xml_file(const std::string& path);

/// A compiled XSD: loaded once, validates any number of documents.
class XmlSchema {
 public:
  /// The schema must stand in one document: includes and imports are never followed.
  static Result<XmlSchema> parse(std::string_view text, std::string file);
  static Result<XmlSchema> load(const std::string& path);

  XmlSchema(XmlSchema&&) noexcept = default;
  XmlSchema& operator=(XmlSchema&&) noexcept = default;

  /// All violations in order (at most limits::xml_errors), each with file:line; empty = valid.
  [[nodiscard]] std::vector<Error> validate(const XmlDocument& document) const;

 private:
  struct Free {
    void operator()(_xmlSchema* schema) const;
  };

  XmlSchema(_xmlSchema* schema, XmlDocument source) : source_(std::move(source)), schema_(schema) {}

  XmlDocument source_;  // the compiled schema points into it
  std::unique_ptr<_xmlSchema, Free> schema_;
};

}  // namespace holdfast::wire
