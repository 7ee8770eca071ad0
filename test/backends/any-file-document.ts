// The least API with files: a name, and a file of any type.
export const anyFileDocument = {
  openapi: "3.1.1",
  info: { title: "T", version: "1" },
  components: {
    schemas: {
      Profile: {
        "x-resource": "/profiles",
        type: "object",
        properties: { name: { type: "string" }, any: { contentMediaType: "*/*" } },
      },
    },
  },
};
