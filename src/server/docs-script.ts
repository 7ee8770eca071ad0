// What `/docs` runs in the browser: Swagger UI with a plugin for files. A script of its own, so that
// the page's policy need not allow scripts in its text. Knows nothing of any one document.

/** The smallest PNG: the picture in samples, so that they can be sent as they stand. */
const samplePng =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export const docsScript = String.raw`"use strict";
const filesOf = "x-files"; // marks an array of files that one picker takes

// From octets, each a char, to the text that a contentEncoding calls for.
const encoders = {
  base16: (text) => Array.from(text, (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join(""),
  base64: (text) => btoa(text),
  base64url: (text) => btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
};

window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  plugins: [files],
  requestInterceptor: nameTypes,
  responseInterceptor: inlinePathParameters,
});

function files() {
  return {
    wrapComponents: { RequestBody: requestBody, JsonSchema_string: filePicker, ParameterIncludeEmpty: leaveOut },
    afterLoad({ fn }) {
      samples(fn.jsonSchema202012);
    },
  };
}

// Swagger UI keeps what was chosen for one media type and sends it with the next, though its picker
// is empty again: each media type has fields of its own here.
function requestBody(Original, system) {
  return (props) => {
    const content = props.requestBody?.get("content");
    const contentType = props.contentType || content?.keySeq().first() || "";
    const media = content?.get(contentType);
    if (media && isForm(contentType)) {
      const schema = formSchema(media, contentType, system);
      props = {
        ...props,
        requestBody: props.requestBody.setIn(["content", contentType, "schema"], schema),
        onChange: contentType.startsWith("multipart/") ? props.onChange : asText(schema, props.onChange),
      };
    } else if (media && props.isExecute && system.fn.isFileUploadIntended(media.get("schema"), contentType)) {
      const anyType = contentType === "application/octet-stream";
      const accept = anyType ? media.getIn(["schema", "contentMediaType"]) : contentType;
      return system.React.createElement(RawFile, { ...props, key: contentType, accept, React: system.React });
    } else if (typeof props.requestBodyValue === "object") props = { ...props, requestBodyValue: undefined };
    return system.React.createElement(Original, { ...props, key: contentType });
  };
}

function isForm(contentType) {
  return contentType.startsWith("multipart/") || contentType === "application/x-www-form-urlencoded";
}

function RawFile({ accept, onChange, requestBodyErrors, React }) {
  React.useEffect(() => onChange(""), []);
  const className = invalidIf(requestBodyErrors);
  const chosen = ({ target }) => onChange(target.files[0] ?? "");
  return React.createElement("input", { type: "file", className, accept, onChange: chosen });
}

function invalidIf(errors) {
  return errors?.size > 0 ? "invalid" : "";
}

// Swagger UI has text boxes for two kinds of files: a schema that says nothing, which is octets in a
// part (OAS 3.1 §4.8.14.2), and an array of files.
function formSchema(media, contentType, { fn, Im }) {
  const schema = media.get("schema") ?? Im.Map();
  const properties = schema.get("properties");
  if (!Im.Map.isMap(properties) || !contentType.startsWith("multipart/")) return schema;
  const octets = (each) => Im.Map.isMap(each) && each.delete("description").size === 0;
  const isFile = (each) => octets(each) || (each && fn.isFileUploadIntended(each));
  return schema.set("properties", properties.map((each, name) => {
    const items = each.get?.("items");
    const type = media.getIn(["encoding", name, "contentType"]);
    if (octets(each)) return each.set("contentMediaType", type ?? "application/octet-stream");
    if (/xml/i.test(type) && fn.hasSchemaType(each, "object")) return asXml(each, name, fn);
    if (!isFile(items)) return each;
    return each.delete("items").merge({
      type: "string",
      contentMediaType: items.get("contentMediaType") ?? type ?? "application/octet-stream",
      [filesOf]: true,
    });
  }));
}

// Swagger UI sends an object that is to be XML as [object Object]: here it is text to write. The space
// is for its curl line, where a value that starts with "<" names a file.
function asXml(schema, name, fn) {
  const sample = fn.getSampleSchema(schema.setIn(["xml", "name"], name).toJS(), "application/xml", {});
  return schema.filter((_, key) => key === "description")
    .merge({ type: "string", example: " " + sample.replace(/^<[?].*?[?]>/, "").replace(/\s*\n\s*/g, "") });
}

// An urlencoded form has no files: a chosen one goes in as its schema writes it.
function asText(schema, onChange) {
  return async (value, path) => {
    if (!(value instanceof File)) return onChange(value, path);
    const property = schema.getIn(["properties", ...path]);
    const encoded = [property, ...(property.get("anyOf") ?? property.get("oneOf") ?? [])]
      .map((each) => each.get("contentEncoding")).find(Boolean);
    onChange(encoded ? await encodedText(value, encoded) : await value.text(), path);
  };
}

async function encodedText(file, encoding) {
  const text = Array.from(new Uint8Array(await file.arrayBuffer()), (octet) => String.fromCharCode(octet)).join("");
  return encoders[encoding]?.(text) ?? btoa(text);
}

function filePicker(Original, { React }) {
  return (props) => {
    const { schema, fn, onChange, disabled } = props;
    if (!fn.isFileUploadIntended(schema)) return React.createElement(Original, props);
    const accept = (schema.get("contentMediaType") ?? "").replace("application/octet-stream", "");
    const multiple = schema.get(filesOf) === true;
    const chosen = ({ target }) => onChange(multiple ? [...target.files] : (target.files[0] ?? ""));
    const className = invalidIf(props.errors);
    return React.createElement("input", { type: "file", className, accept, multiple, disabled, onChange: chosen });
  };
}

// Swagger UI sends what is not filled in as an empty value, unless told; an empty value is no picture.
function leaveOut(Original, { React }) {
  return (props) => {
    const isIncludedOptions = { ...props.isIncludedOptions, defaultValue: false };
    return React.createElement(Original, { ...props, isIncludedOptions });
  };
}

// Swagger UI's sample of a picture is noise, its base64 doubles octets, its base64url throws.
function samples({ sampleMediaTypeAPI, sampleEncoderAPI }) {
  sampleMediaTypeAPI("image/*", () => atob("${samplePng}"));
  for (const [name, encode] of Object.entries(encoders))
    sampleEncoderAPI(name, (text) => encode(/^[\0-\xff]*$/.test(text) ? text : unescape(encodeURIComponent(text))));
}

// A range or a list of types is what the document allows; a request names the one that it has.
function nameTypes(request) {
  const { headers = {}, body } = request;
  if (body instanceof File && /[*,]/.test(headers["Content-Type"] ?? ""))
    headers["Content-Type"] = body.type || "application/octet-stream";
  return request;
}

// Swagger UI does not follow a reference to a parameter that stands beside a path's operations.
function inlinePathParameters(response) {
  if (new URL(response.url).pathname !== "/openapi.json") return response;
  const root = JSON.parse(response.text);
  for (const item of Object.values(root.paths ?? {}))
    if (Array.isArray(item?.parameters)) item.parameters = item.parameters.map((each) => resolved(root, each));
  return Object.assign(response, { text: JSON.stringify(root) });
}

function resolved(root, node) {
  if (!node?.$ref?.startsWith("#/")) return node;
  const keys = decodeURIComponent(node.$ref).slice(2).split("/");
  return keys.reduce((at, key) => at?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], root) ?? node;
}
`;
