#include "wire/xml_document.hpp"

#include <fcntl.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>
#include <libxml/xmlschemas.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace holdfast::wire {
namespace {

// NOENT, DTDLOAD, DTDATTR, XINCLUDE and HUGE are absent on purpose: with them libxml2 opens files and grows
// without bound. NOCDATA makes CDATA sections plain text.
constexpr int kParseOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES |
                              XML_PARSE_NOCDATA | XML_PARSE_COMPACT;

/// Why our own callbacks stopped the parser.
enum class Refusal { none, has_dtd, too_deep, too_many_elements };

struct ParseWatch {
  XmlLimits limits;
  std::size_t elements = 0;
  Refusal refusal = Refusal::none;
  int line = 0;
  std::string first_error;  // the parser's last one is often only a consequence
  int first_error_line = 0;
};

/// libxml2's own words, on one line.
std::string message_of(const xmlError* error) {
  if (error == nullptr || error->message == nullptr) {
    return "not well-formed XML";
  }
  return text::printable_utf8(text::trim(error->message));
}

void on_error(void* user, xmlError* error) {
  auto& watch = *static_cast<ParseWatch*>(static_cast<xmlParserCtxt*>(user)->_private);
  if (watch.first_error.empty() && error->level >= XML_ERR_ERROR) {
    watch.first_error = message_of(error);
    watch.first_error_line = error->line;
  }
}

void refuse(xmlParserCtxt* context, Refusal refusal) {
  auto& watch = *static_cast<ParseWatch*>(context->_private);
  if (watch.refusal == Refusal::none) {
    watch.refusal = refusal;
    watch.line = xmlSAX2GetLineNumber(context);
  }
  xmlStopParser(context);
}

/// Stops at `<!DOCTYPE`, before any declaration in it is read.
void on_internal_subset(void* user, const xmlChar*, const xmlChar*, const xmlChar*) {
  refuse(static_cast<xmlParserCtxt*>(user), Refusal::has_dtd);
}

void on_start_element(void* user, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri, int namespaces,
                      const xmlChar** namespace_list, int attributes, int defaulted, const xmlChar** attribute_list) {
  auto* const context = static_cast<xmlParserCtxt*>(user);
  auto& watch = *static_cast<ParseWatch*>(context->_private);
  watch.elements += 1 + static_cast<std::size_t>(attributes);
  if (watch.elements > watch.limits.elements) {
    refuse(context, Refusal::too_many_elements);
    return;
  }
  if (context->nodeNr >= watch.limits.depth) {
    refuse(context, Refusal::too_deep);
    return;
  }
  xmlSAX2StartElementNs(user, name, prefix, uri, namespaces, namespace_list, attributes, defaulted, attribute_list);
}

std::string place(const std::string& file, int line) {
  return line > 0 ? file + ":" + std::to_string(line) : file;
}

Error refusal_error(const ParseWatch& watch, const std::string& file) {
  std::string what;
  switch (watch.refusal) {
    case Refusal::none:
      break;
    case Refusal::has_dtd:
      what = "a document type declaration (<!DOCTYPE) is not accepted; remove it";
      break;
    case Refusal::too_deep:
      what = "elements are nested deeper than " + std::to_string(watch.limits.depth);
      break;
    case Refusal::too_many_elements:
      what = "more than " + std::to_string(watch.limits.elements) + " elements and attributes";
      break;
  }
  return Error{place(file, watch.line) + ": " + what, 0};
}

struct ContextFree {
  void operator()(xmlParserCtxt* context) const { xmlFreeParserCtxt(context); }
};

std::string qualified_name(const xmlChar* name, const xmlNs* ns) {
  const auto* const local = reinterpret_cast<const char*>(name);
  if (ns != nullptr && ns->prefix != nullptr) {
    return std::string(reinterpret_cast<const char*>(ns->prefix)) + ":" + local;
  }
  return local;
}

void add_attributes(Tree& to, const xmlNode* element, const std::string& file, int line) {
  if (element->properties == nullptr) {
    return;
  }
  Tree& attributes = add_child(to, std::string(kXmlAttributes), TreeText{{}, file, line});
  for (const xmlAttr* attribute = element->properties; attribute != nullptr; attribute = attribute->next) {
    std::string value;
    for (const xmlNode* piece = attribute->children; piece != nullptr; piece = piece->next) {
      if (piece->content != nullptr) {
        value += reinterpret_cast<const char*>(piece->content);
      }
    }
    add_child(attributes, qualified_name(attribute->name, attribute->ns), TreeText{std::move(value), file, line});
  }
}

/// The recursion is bounded by XmlLimits::depth.
void add_element(Tree& to, const xmlNode* element, const std::string& file) {
  const int line = static_cast<int>(xmlGetLineNo(element));
  Tree& child = add_child(to, qualified_name(element->name, element->ns), TreeText{{}, file, line});
  add_attributes(child, element, file, line);
  for (const xmlNode* node = element->children; node != nullptr; node = node->next) {
    if (node->type == XML_ELEMENT_NODE) {
      add_element(child, node, file);
    } else if ((node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) && node->content != nullptr) {
      child.data().text += reinterpret_cast<const char*>(node->content);
    }
  }
}

Result<std::string> read_file(const std::string& path) {
  const auto failure = [&](int error) { return Error{path + ": cannot be read: " + std::strerror(error), error}; };
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) {
    return failure(errno);
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) {
    return failure(errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return Error{path + ": not a regular file", 0};
  }
  std::string content;
  while (content.size() <= limits::xml_document_bytes) {
    char piece[16384];
    const ssize_t got = ::read(fd.get(), piece, sizeof piece);
    if (got < 0) {
      return failure(errno);
    }
    if (got == 0) {
      return content;
    }
    content.append(piece, static_cast<std::size_t>(got));
  }
  return Error{path + ": larger than " + std::to_string(limits::xml_document_bytes) + " bytes", 0};
}

/// Collects libxml2's structured errors as ours.
struct ErrorList {
  std::string file;
  std::vector<Error> errors;
};

void collect(void* user, xmlError* error) {
  auto& list = *static_cast<ErrorList*>(user);
  if (list.errors.size() < limits::xml_errors) {
    list.errors.push_back(Error{place(list.file, error->line) + ": " + message_of(error), 0});
  }
}

}  // namespace

void XmlDocument::Free::operator()(_xmlDoc* doc) const {
  xmlFreeDoc(doc);
}
void XmlSchema::Free::operator()(_xmlSchema* schema) const {
  xmlSchemaFree(schema);
}

Result<XmlDocument> XmlDocument::parse(std::string_view text, std::string file) {
  return parse(text, std::move(file), XmlLimits{});
}

Result<XmlDocument> XmlDocument::parse(std::string_view text, std::string file, const XmlLimits& limits) {
  if (text.empty()) {
    return Error{file + ": empty, not an XML document", 0};
  }
  if (text.size() > limits.bytes || text.size() > INT32_MAX) {
    return Error{file + ": larger than " + std::to_string(limits.bytes) + " bytes", 0};
  }
  if (text.find('\0') != std::string_view::npos) {
    return Error{file + ": contains a NUL byte; only UTF-8 text is accepted", 0};
  }
  const std::unique_ptr<xmlParserCtxt, ContextFree> context(xmlNewParserCtxt());
  if (!context) {
    return Error{file + ": no memory for the XML parser", ENOMEM};
  }
  ParseWatch watch;
  watch.limits = limits;
  context->_private = &watch;
  context->sax->internalSubset = on_internal_subset;
  context->sax->startElementNs = on_start_element;
  context->sax->serror = on_error;
  xmlDoc* const parsed =
      xmlCtxtReadMemory(context.get(), text.data(), static_cast<int>(text.size()), nullptr, nullptr, kParseOptions);
  XmlDocument document(parsed, std::move(file));
  if (watch.refusal != Refusal::none) {
    return refusal_error(watch, document.file_);
  }
  if (parsed == nullptr || context->wellFormed == 0 || xmlDocGetRootElement(parsed) == nullptr) {
    const std::string& what = watch.first_error.empty() ? "not well-formed XML" : watch.first_error;
    return Error{place(document.file_, watch.first_error_line) + ": " + what, 0};
  }
  return document;
}

Result<XmlDocument> XmlDocument::load(const std::string& path) {
  Result<std::string> content = read_file(path);
  if (!content) {
    return content.error();
  }
  return parse(content.value(), path);
}

Tree XmlDocument::to_tree() const {
  Tree tree;
  tree.data() = TreeText{{}, file_, 0};
  add_element(tree, xmlDocGetRootElement(doc_.get()), file_);
  return tree;
}

const TreeText* find_attribute(const Tree& element, std::string_view name) {
  const Tree* const attributes = find_child(element, kXmlAttributes);
  if (attributes == nullptr) {
    return nullptr;
  }
  const Tree* const found = find_child(*attributes, name);
  return found == nullptr ? nullptr : &found->data();
}

Result<Tree> read_xml(std::string_view text, std::string file) {
  Result<XmlDocument> document = XmlDocument::parse(text, std::move(file));
  if (!document) {
    return document.error();
  }
  return document.value().to_tree();
}

Result<Tree> read_xml_file(const std::string& path) {
  Result<XmlDocument> document = XmlDocument::load(path);
  if (!document) {
    return document.error();
  }
  return document.value().to_tree();
}

namespace {

/// True when the schema would make libxml2 open another file (include, import, redefine below the root).
bool refers_elsewhere(const xmlDoc* document) {
  for (const xmlNode* node = xmlDocGetRootElement(document)->children; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) {
      continue;
    }
    const std::string_view name(reinterpret_cast<const char*>(node->name));
    if (name == "include" || name == "import" || name == "redefine") {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<XmlSchema> XmlSchema::parse(std::string_view text, std::string file) {
  Result<XmlDocument> source = XmlDocument::parse(text, std::move(file));
  if (!source) {
    return source.error();
  }
  const std::string name = source.value().file();
  if (refers_elsewhere(source.value().handle())) {
    return Error{name + ": the schema includes or imports another one, which is not accepted", 0};
  }
  ErrorList list{name, {}};
  xmlSchemaParserCtxt* const context = xmlSchemaNewDocParserCtxt(source.value().handle());
  if (context == nullptr) {
    return Error{name + ": no memory for the schema", ENOMEM};
  }
  xmlSchemaSetParserStructuredErrors(context, collect, &list);
  xmlSchema* const schema = xmlSchemaParse(context);
  xmlSchemaFreeParserCtxt(context);
  if (schema == nullptr) {
    return list.errors.empty() ? Error{name + ": not a usable XML schema", 0} : list.errors.front();
  }
  return XmlSchema(schema, std::move(source).value());
}

Result<XmlSchema> XmlSchema::load(const std::string& path) {
  Result<std::string> content = read_file(path);
  if (!content) {
    return content.error();
  }
  return parse(content.value(), path);
}

std::vector<Error> XmlSchema::validate(const XmlDocument& document) const {
  ErrorList list{document.file(), {}};
  xmlSchemaValidCtxt* const context = xmlSchemaNewValidCtxt(schema_.get());
  if (context == nullptr) {
    return {Error{document.file() + ": no memory to validate", ENOMEM}};
  }
  xmlSchemaSetValidStructuredErrors(context, collect, &list);
  const int result = xmlSchemaValidateDoc(context, document.handle());
  xmlSchemaFreeValidCtxt(context);
  if (result != 0 && list.errors.empty()) {
    list.errors.push_back(Error{document.file() + ": does not match the schema", 0});
  }
  return list.errors;
}

}  // namespace holdfast::wire
