/** The reference page: Swagger UI on the expanded document, all of it from this server. */
export function docsHtml(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<style>${style}</style>
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/docs.js"></script>
</body>
</html>
`;
}

// A file that was not chosen is left out: no box to send it empty. And less air above the title.
const style = `
body { margin: 0; }
.swagger-ui .information-container .info { margin: 24px 0; }
.swagger-ui .parameters-col_description:has(input[type=file]) .parameter__empty_value_toggle { display: none; }
.swagger-ui input[type=file] { max-width: 100%; box-sizing: border-box; }
`;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
