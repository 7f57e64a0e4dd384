"""Files of other tools, as their documentation has them, and a catalog of what registries hold."""

from __future__ import annotations

DIGEST = f"sha256:{'58f1' * 16}"
DIGEST_TAG = f"sha256-{'58f1' * 16}.sig"
TAGS = [
    *("1.2.3", "1.2.4", "v1.3.0", "1.2.3-alpine", "1.2.4-alpine", "1.3.0-rc1", "2.0.0-rc1"),
    *("2.0.0", "1.26.3-glibc", "1.26.4-musl", "1.26.44-musl", "1.29.4", "1.31.0", "1.31.5"),
    *("1.31.9", "1.31.9-rc.1", "3.12", "3.12-alpine", "3.11", "22.04", "20240101", "latest"),
    *("edge", "1", "10", "12", "2", "1.2.3.4", "1.2.3_8", "3.13.0rc1", "1a2b3c4d", "V1.2.9"),
]
REPOSITORIES = [
    *("team/shop", "team/web", "team/old-test", "app-one", "app-two", "app-x-test", "other/app"),
    *("jenkins/jnlp-agent", "jenkins/jnlp-slave", "jenkins/other", "test/image", "library/nginx"),
    *("test/another-image", "a/b", "a/d", "busybox", "team/nginx", "team/alpine", "team/redis"),
]
HOSTS = ["source.example:5000", "quay.io", "docker.io", "registry.example.com"]
CATALOG = {f"{host}/{repository}": TAGS for host in HOSTS for repository in REPOSITORIES}

DREGSY = r"""
relay: skopeo
skopeo: {binary: skopeo}
tasks:
  - name: task1
    source:
      registry: source.example:5000
      auth: eyJ1c2VybmFtZSI6ICJhbGV4IiwgInBhc3N3b3JkIjogInNlY3JldCJ9Cg==
    target:
      registry: dest.example
      auth: eyJ1c2VybmFtZSI6ICJhbGV4IiwgInBhc3N3b3JkIjogImFsc29zZWNyZXQifQo=
      skip-tls-verify: true
    mappings:
      - {from: test/image, to: archive/test/image, tags: ['1.2.3', 1.10], platform: all}
      - {from: test/another-image, platform: all}
      - from: team/shop
        platform: all
        tags:
          - 'semver: >=1.31.0 <1.31.9'
          - 'regex: 1\.26\.[0-9]-(glibc|uclibc|musl)'
          - '1.29.4'
          - 'latest'
      - from: team/web
        platform: all
        tags: ['regex: !.*-rc.*', 'keep: .+-alpine', 'keep: !1\..*']
      - {from: team/redis, platform: all, tags: ['regex: 1|2', 'keep: latest']}
      - {from: team/nginx, to: 'regex:my(.+)/,your$1/', platform: all, tags: ['keep: 1.*']}
      - {from: 'regex:team/(shop|web)', to: ecr, platform: all, tags: [latest]}
      - {from: 'regex:team/.*', to: 'regex:team/(.+),mirror/$1', platform: all, tags: [edge]}
      - {from: 'regex:jenkins/jnlp-.*', to: 'regex:jenkins/,dh/other/', platform: all, tags: [edge]}
      - {from: 'regex:a/.|busy', to: 'regex:(.*),all$1', platform: all, tags: [edge]}
"""

REGSYNC = r"""
version: 1
x-sets: &releases {allow: ['v?\d+\.\d+\.\d+'], deny: ['.*-rc.*', '2.*']}
creds:
  - {registry: quay.io, user: '{{env "QUAY_USER"}}', pass: '{{env "QUAY_PASSWORD"}}'}
  - {registry: 'registry:5000', hostname: registry.internal:5000, tls: disabled}
sync:
  - {source: alpine:3, target: 'registry:5000/library/alpine:3', type: image, referrers: true}
  - {source: alpine, target: 'registry:5000/library/alpine', type: image, referrers: true}
  - source: quay.io/team/shop
    target: registry:5000/mirror/shop
    type: repository
    referrers: true
    tags: *releases
  - source: quay.io/team/web
    target: registry:5000/mirror/web
    type: repository
    referrers: true
    tagSets:
      - {allow: ['v?\d+\.\d+\.\d+(-.*)?'], semverRange: ['>=1.2.3 <2.0.0', '>=3']}
      - {allow: [latest, edge]}
    tags: {deny: ['.*1.*']}
  - {source: quay.io/a/b, target: 'registry:5000/a/b', type: repository, tags: {allow: ['1|2']}}
  - {source: quay.io/a/d, target: 'registry:5000/{{.Sync.Source}}', type: repository}
  - source: quay.io
    target: registry:5000/quay
    type: registry
    repos: {allow: ['app-.*', a/b], deny: ['.*-test']}
    tags: {semverRange: ['^1.2.3', '~3.11'], deny: ['.*-rc1']}
"""

IMAGES = rf"""
quay.io/a/b: registry.example/team/b
quay.io/team/shop:v1,v2: registry.example/team/shop:v1,v2
quay.io/team/web:1.2.3,edge: registry.example/team/web
quay.io/team/redis@{DIGEST}: registry.example/team/redis
quay.io/team/nginx@{DIGEST}: registry.example/team/nginx:pinned
quay.io/a/d:/^1\.2[6-9]\..*/: [registry.example/team/d, other.example/d]
docker.io/library/nginx:1.25: registry.example/lib/nginx
busybox:latest: registry.example/lib/busybox
"""

AUTH = """
docker.io: {username: "${HUB_USER}", password: "$HUB_PASSWORD"}
registry.example/team: {username: robot, password: s3cr3t-of-team, insecure: true}
registry.example: {username: robot, password: s3cr3t-of-all}
"""

SKOPEO = rf"""
registry.example.com:
  images:
    busybox: []
    team/redis: ["1.2.3", "{DIGEST}", 1.10]
  images-by-tag-regex:
    team/nginx: ^1\.2[0-9]\.
    a/b: 2|3
  images-by-semver:
    team/alpine: ">= 3.11.0"
    a/d: "^1.2.3 || ~2"
  credentials: {{username: john, password: s3cr3t-of-john}}
  tls-verify: false
docker.io:
  images:
    nginx: [latest]
"""
