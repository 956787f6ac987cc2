{% set punctuation = ',.;:-/&()|+_*#@!?"<>[]{}–—•·' %}

with

distinct_titles as (

    select value as job_title
    from {{ ref('raw_attribute_values') }}
    where attribute = 'job_title' and value is not null
    {{ union_distinct() }}
    select job_title
    from {{ ref('resolved_leads') }}
    where job_title is not null

),

blanked as (

    select
        job_title,
        ' ' || lower(translate(job_title, '{{ punctuation }}', '{{ " " * punctuation | length }}')) || ' ' as words
    from distinct_titles

),

titles as (

    select
        job_title,
        -- 'Vice - President' is two words: punctuation must not leave gaps between them.
        replace(replace(replace(words, '  ', ' '), '  ', ' '), '  ', ' ') as words
    from blanked

),

matched as (

    select
        titles.job_title,
        patterns.attribute,
        patterns.value,
        row_number() over (
            partition by titles.job_title, patterns.attribute
            order by patterns.priority, patterns.value
        ) as match_rank
    from titles
    inner join {{ ref('job_titles') }} as patterns
        on {{ contains('titles.words', "' ' || lower(patterns.pattern) || ' '") }}

)

select
    job_title,
    attribute,
    value
from matched
where match_rank = 1
