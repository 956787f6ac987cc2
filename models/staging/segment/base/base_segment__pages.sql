{{ base_source('segment', 'pages', with_row_hash=false) }}
