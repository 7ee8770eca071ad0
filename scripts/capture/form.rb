# Net::HTTP: `set_form` with "multipart/form-data".
require 'json'
require 'net/http'
require 'stringio'

request = JSON.parse($stdin.read)
base = ARGV.fetch(0)

def send_request(uri, &prepare)
  post = Net::HTTP::Post.new(uri)
  prepare.call(post)
  Net::HTTP.new(uri.host, uri.port, nil).start { |http| http.request(post) }
end

send_request(URI("#{base}/form")) do |post|
  parts = request['parts'].map do |part|
    case part['kind']
    when 'file'
      content = StringIO.new(part['base64'].unpack1('m'))
      [part['name'], content, { filename: part['filename'], content_type: part['type'] }]
    when 'json' then [part['name'], StringIO.new(part['text']), { filename: 'metadata.json', content_type: part['type'] }]
    else [part['name'], part['text']]
    end
  end
  post.set_form(parts, 'multipart/form-data', charset: 'UTF-8')
end
send_request(URI("#{base}/json")) do |post|
  post['Content-Type'] = 'application/json'
  post.body = JSON.generate(request['json'])
end
send_request(URI("#{base}/urlencoded")) { |post| post.set_form(request['pairs']) }
print RUBY_VERSION
