{{ base_source('rudderstack', 'pages', with_row_hash=false) }}
